internal import NIOCore
internal import Records

/// The log's lines of a batch of requests, begun when they are decided and ended when they are answered:
/// `1795444881230 verify orig=… dest=… …`, milliseconds since 1970 first.
///
/// No token, and nothing a caller sent that could break a line.
struct RequestLines {
    private var text: [UInt8] = []
    private var ends: [Int] = []

    mutating func begin(_ request: String, _ record: borrowing Record) {
        let time = String(record.atMilliseconds)
        text.append(addingCapacity: Self.longest) { line in
            Self.append(time, "", to: &line)
            Self.append(" ", request, to: &line)
            Self.append(" orig=", record.orig ?? record.rawOrig ?? "", to: &line)
            Self.append(" dest=", record.dest.first ?? "", to: &line)
            Self.append(" trunk=", record.trunk ?? "-", to: &line)
            Self.append(" verdict=", record.verdict ?? "-", to: &line)
            Self.append(" reason=", record.reason ?? "-", to: &line)
            Self.append(" attest=", record.attest ?? "-", to: &line)
            Self.append(" call=", record.call ?? "-", to: &line)
        }
        ends.append(text.count)
    }

    /// Nine times a name and a value.
    private static let longest = 9 * (20 + longestValue)
    private static let longestValue = 64

    /// Appends line `index` to `lines`.
    func end(_ index: Int, record: String, took time: TimeAmount, isSent: Bool, to lines: inout [UInt8]) {
        lines += text[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
        lines.append(contentsOf: " record=".utf8)
        lines.append(contentsOf: record.utf8)
        lines.append(contentsOf: " us=".utf8)
        lines.append(contentsOf: String(time.nanoseconds / 1_000).utf8)
        lines.append(contentsOf: (isSent ? "\n" : " expired\n").utf8)
    }

    mutating func removeAll() {
        text.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    /// What a caller sent may hold line breaks and blanks; so many bytes of it, printable ASCII only, will do for a log.
    private static func append(_ name: String, _ value: String, to line: inout OutputSpan<UInt8>) {
        let name = name.utf8.span, value = value.utf8.span
        for index in name.indices { line.append(name[index]) }
        for index in 0..<min(value.count, longestValue) {
            let byte = value[index]
            line.append(byte > 0x20 && byte < 0x7F ? byte : UInt8(ascii: "_"))
        }
    }
}
