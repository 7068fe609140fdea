import Exchange
import Foundation

func jsonLine(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

func printTable(_ titles: [String], _ rows: [[String]]) {
    let rows = ([titles] + rows).map { $0.map(printable) }
    let widths = titles.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    for row in rows {
        let line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
        print(String(line.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()))
    }
}

/// What somebody else wrote must neither move the cursor of whoever reads it, nor turn the line around or end it.
func printable(_ text: String) -> String {
    String(text.map { $0.unicodeScalars.allSatisfy(\.isHarmless) ? $0 : "?" })
}
