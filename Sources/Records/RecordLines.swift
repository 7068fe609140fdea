internal import Jansson

/// Records as they are stored: one line of JSON each.
///
/// Canonical: names in code-point order, no white space, no escapes but those RFC 8259 §7 demands; so no line break within
/// a line.
package struct RecordLines: Sendable {
    private(set) var bytes: [UInt8] = []
    /// Where each line ends: a line break, or the end of the text.
    private(set) var ends: [Int] = []
    /// The times of the records, in milliseconds since 1970; without any, no time.
    private(set) var earliest = Int.max
    private(set) var latest = 0

    init() {}

    package init(_ records: [Record]) {
        var text = RecordText()
        for record in records { text.append(record) }
        self = text.takeLines()
    }

    fileprivate init(_ bytes: [UInt8], ends: [Int], earliest: Int, latest: Int) {
        (self.bytes, self.ends, self.earliest, self.latest) = (bytes, ends, earliest, latest)
    }

    /// As they were stored.
    init(stored text: [UInt8]) {
        bytes = text
        var start = 0
        repeat {
            let end = text.span.firstIndex(of: UInt8(ascii: "\n"), from: start) ?? text.count
            ends.append(end)
            let time = Self.time(of: text.span.extracting(start..<end))
            (earliest, latest) = (min(earliest, time), max(latest, time))
            start = end + 1
        } while start <= text.count
    }

    /// As a line begins with it; 0 where none does.
    private static func time(of line: Span<UInt8>) -> Int {
        var time = 0
        for place in line.indices.dropFirst(beforeTime.utf8CodeUnitCount).prefix(18) {
            guard (48...57).contains(line[place]) else { break }
            time = time * 10 + Int(line[place] - 48)
        }
        return time
    }

    fileprivate static let beforeTime: StaticString = "{\"at\":"

    package var count: Int { ends.count }
    package var isEmpty: Bool { ends.isEmpty }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Where one line stands in ``bytes``, without its break.
    func range(ofLine index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1] + 1)..<ends[index] }

    /// More lines after these.
    mutating func append(_ more: RecordLines) {
        guard !isEmpty else {
            self = more
            return
        }
        guard !more.isEmpty else { return }
        bytes.append(UInt8(ascii: "\n"))
        let start = bytes.count
        bytes += more.bytes
        for end in more.ends { ends.append(start + end) }
        (earliest, latest) = (min(earliest, more.earliest), max(latest, more.latest))
    }
}

/// Where records are written down as they are decided, so that nothing of them but their lines goes on to the writer.
package struct RecordText: ~Copyable {
    private var text = JSONText(capacity: 65_536)
    private var ends: [Int] = []
    private var earliest = Int.max, latest = 0

    package init() {}

    /// The lines so far; what comes after begins anew.
    package mutating func takeLines() -> RecordLines {
        defer {
            text.removeAll()
            ends.removeAll(keepingCapacity: true)
            (earliest, latest) = (Int.max, 0)
        }
        return RecordLines(text.bytes, ends: ends, earliest: earliest, latest: latest)
    }

    package mutating func append(_ record: borrowing Record) {
        if !ends.isEmpty { text.raw("\n") }
        text.raw(RecordLines.beforeTime)
        text.number(record.atMilliseconds)
        member(",\"attest\":", record.attest)
        member(",\"call\":", record.call)
        member(",\"credential\":", record.credential)
        member(",\"dest\":", record.dest)
        member(",\"egress\":", record.egress)
        member(",\"inputs\":", record.inputs)
        member(",\"kind\":", record.kind.rawValue)
        member(",\"ledger\":", record.ledgerVersion)
        member(",\"notes\":", record.notes)
        member(",\"of\":", record.of?.description)
        member(",\"orig\":", record.orig)
        member(",\"origid\":", record.origid)
        member(",\"peer\":", record.peer)
        member(",\"plan\":", record.planVersion)
        member(",\"rawOrig\":", record.rawOrig)
        member(",\"reason\":", record.reason)
        member(",\"sip\":", record.sipCode)
        member(",\"step\":", record.step)
        member(",\"tokens\":", record.tokens)
        member(",\"trunk\":", record.trunk)
        member(",\"verdict\":", record.verdict)
        text.raw("}")
        ends.append(text.count)
        (earliest, latest) = (min(earliest, record.atMilliseconds), max(latest, record.atMilliseconds))
    }

    private mutating func member(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        text.raw(name)
        text.string(value)
    }

    private mutating func member(_ name: StaticString, _ number: Int?) {
        guard let number else { return }
        text.raw(name)
        text.number(number)
    }

    private mutating func member(_ name: StaticString, _ values: [String]) {
        guard !values.isEmpty else { return }
        text.raw(name)
        for index in values.indices {
            text.raw(index == 0 ? "[" : ",")
            text.string(values[index])
        }
        text.raw("]")
    }

    /// Pairs, not an object: an input may be there twice, and their order is kept.
    private mutating func member(_ name: StaticString, _ inputs: [Record.Input]) {
        guard !inputs.isEmpty else { return }
        text.raw(name)
        for index in inputs.indices {
            text.raw(index == 0 ? "[[" : ",[")
            text.string(inputs[index].name)
            text.raw(",")
            text.string(inputs[index].value)
            text.raw("]")
        }
        text.raw("]")
    }
}
