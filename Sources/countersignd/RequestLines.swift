internal import NIOCore
internal import Records

/// The log's lines of a batch of requests, begun when they are decided and ended when they are answered:
/// `1795444881230 verify orig=… dest=… …`, milliseconds since 1970 first.
///
/// No token, and nothing a caller sent that could break a line.
struct RequestLines {
    private var text: [UInt8] = []
    private var ends: [Int] = []

    mutating func begin(_ request: String, _ record: Record) {
        text.append(contentsOf: String(record.atMilliseconds).utf8)
        append(" ", request)
        append(" orig=", record.orig ?? record.rawOrig ?? "")
        append(" dest=", record.dest.first ?? "")
        append(" trunk=", record.trunk ?? "-")
        append(" verdict=", record.verdict ?? "-")
        append(" reason=", record.reason ?? "-")
        append(" attest=", record.attest ?? "-")
        append(" call=", record.call ?? "-")
        ends.append(text.count)
    }

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

    /// What a caller sent may hold line breaks and blanks; 64 bytes of it, printable ASCII only, will do for a log.
    private mutating func append(_ name: String, _ value: String) {
        text.append(contentsOf: name.utf8)
        let value = value.utf8.span, count = min(value.count, 64)
        text.append(addingCapacity: count) { output in
            for index in 0..<count {
                let byte = value[index]
                output.append(byte > 0x20 && byte < 0x7F ? byte : UInt8(ascii: "_"))
            }
        }
    }
}
