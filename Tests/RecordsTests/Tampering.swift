import Records

extension [UInt8] {
    /// Each with its line break.
    var lines: [[UInt8]] {
        var lines: [[UInt8]] = [], rest = self[...]
        while let end = rest.firstIndex(of: 0x0A) {
            lines.append(Array(rest[...end]))
            rest = rest[(end + 1)...]
        }
        return rest.isEmpty ? lines : lines + [Array(rest)]
    }

    func changed(at place: Int, by bits: UInt8) -> [UInt8] {
        var text = self
        text[place] ^= bits
        return text
    }
}

extension [[UInt8]] {
    func without(_ index: Int) -> [[UInt8]] { Array(self[..<index] + self[(index + 1)...]) }

    func doubled(_ index: Int) -> [[UInt8]] { Array(self[...index] + self[index...]) }

    func swapped(_ one: Int, _ other: Int) -> [[UInt8]] {
        var lines = self
        lines.swapAt(one, other)
        return lines
    }
}

/// What each byte of a journal belongs to.
struct Owners {
    enum Owner: Equatable {
        case header
        /// The sequence of a record.
        case record(Int)
        /// The lines behind these.
        case batch(ClosedRange<Int>)
    }

    private var owners: [Owner] = []

    init(of text: [UInt8]) throws {
        var next = 1, first = 1
        for line in text.lines {
            let start = String(decoding: line.prefix(10), as: UTF8.self)
            let owner: Owner
            switch start {
            case #"{"journal""#: owner = .header
            case #"{"marks":""#: owner = .batch(first...next - 1)
            case #"{"batch":{"#:
                owner = .batch(first...next - 1)
                first = next
            default:
                owner = .record(next)
                next += 1
            }
            owners += Array(repeating: owner, count: line.count)
        }
    }

    subscript(place: Int) -> Owner { owners[place] }

    func isNamed(_ place: Int, in finding: AuditFinding) -> Bool {
        switch (owners[place], finding) {
        case (.header, .header), (.header, .otherDay), (.header, .gap), (.header, .unreadable): true
        case (.record(let sequence), .altered(let id)): id.sequence == sequence
        case (.record(let sequence), .seal(let first, let last)),
            (.record(let sequence), .missing(let first, let last)),
            (.record(let sequence), .alteredAmong(let first, let last)):
            (first.sequence...last.sequence).contains(sequence)
        case (.batch(let batch), .seal(let first, let last)), (.batch(let batch), .broken(let first, let last)),
            (.batch(let batch), .missing(let first, let last)):
            batch.overlaps(first.sequence...last.sequence)
        default: false
        }
    }
}
