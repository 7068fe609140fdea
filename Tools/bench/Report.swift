import Foundation

/// One figure and its limit. A ratio of 1 is the limit itself.
struct Row: Encodable {
    let name: String
    let value: Double
    let unit: String
    let limit: Double
    let ratio: Double
    /// Where the middle half of the ratios lies; nil for what is measured once.
    let spread: ClosedRange<Double>?

    private enum CodingKeys: CodingKey { case name, value, unit, limit, ratio }

    init(_ name: String, value: Double, unit: String, limit: Double) {
        (self.name, self.value, self.unit, self.limit) = (name, value, unit, limit)
        ratio = limit / value
        spread = nil
    }

    /// The medians of `rounds`, which hold seconds for one operation.
    init(_ name: String, rounds: [Round], unit: String, perSecond: Double) {
        let ratios = rounds.map(\.ratio).sorted()
        self.name = name
        self.unit = unit
        value = Self.median(rounds.map(\.ours)) * perSecond
        limit = Self.median(rounds.map(\.limit)) * perSecond
        ratio = Self.median(ratios)
        spread = ratios[ratios.count / 4]...ratios[ratios.count - 1 - ratios.count / 4]
    }

    private static func median(_ values: [Double]) -> Double {
        let values = values.sorted(), middle = values.count / 2
        return values.count.isMultiple(of: 2) ? (values[middle - 1] + values[middle]) / 2 : values[middle]
    }
}

/// What one round took, in seconds for one operation: the limit was measured just before and just after.
struct Round {
    let ours: Double
    let limit: Double
    var ratio: Double { limit / ours }
}

struct Report: Encodable {
    var rows: [Row] = []

    static let heading = Row.columns("row", "value", "limit", "unit", "ratio", "spread of the ratio")

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(self).write(to: URL(filePath: path), options: .atomic)
    }
}

extension Row {
    var line: String {
        let spread = spread.map { "\(Self.text($0.lowerBound, 3)) … \(Self.text($0.upperBound, 3))" } ?? ""
        return Self.columns(name, Self.text(value, 2), Self.text(limit, 2), unit, Self.text(ratio, 3), spread)
    }

    static func columns(
        _ name: String, _ value: String, _ limit: String, _ unit: String, _ ratio: String, _ spread: String
    ) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        let left = name + String(repeating: " ", count: max(0, 20 - name.count))
        return left + padded(value, 10) + padded(limit, 10) + "  " + unit
            + padded(ratio, 12 - unit.count) + "  " + spread
    }

    private static func text(_ number: Double, _ decimals: Int) -> String {
        number.formatted(.number.precision(.fractionLength(decimals)).grouping(.never).locale(Locale(identifier: "C")))
    }
}
