/// A strict reader of RFC 4180, row by row.
///
/// SwiftCSV wants the whole file as one string, gives no line numbers and reads on after a misplaced quotation mark; a
/// ledger of a million rows is read in pieces, and a row that is not what it seems must not be imported.
struct CSVReader {
    static let longestField = 4096

    struct Row {
        /// On which the row begins.
        let line: Int
        let fields: [String]
    }

    struct Fault: Error {
        let line: Int
        let reason: RowFault.Reason
    }

    private let more: () throws -> [UInt8]
    private var bytes: [UInt8] = []
    private var next = 0
    private var line = 1
    private var isAtStart = true
    private var isAtEnd = false

    /// `more` gives the next piece, and an empty one at the end.
    init(_ more: @escaping () throws -> [UInt8]) { self.more = more }

    /// Nil at the end. A row's own faults are thrown as `Fault`; reading can go on only after those of its whole rows.
    mutating func row() throws -> Row? {
        try skipByteOrderMark()
        guard try peek() != nil else { return nil }
        let start = line
        var fields: [String] = []
        while true {
            let (field, isLast) = try field()
            fields.append(field)
            if isLast { return Row(line: start, fields: fields) }
        }
    }

    private mutating func field() throws -> (text: String, isLast: Bool) {
        var field: [UInt8] = []
        let isQuoted = try peek() == UInt8(ascii: "\"")
        if isQuoted {
            next += 1
            try readQuoted(into: &field)
        }
        while let byte = try peek() {
            next += 1
            switch byte {
            case UInt8(ascii: ","): return (try text(field), false)
            case UInt8(ascii: "\n"):
                let text = try text(field)
                line += 1
                return (text, true)
            case UInt8(ascii: "\r"):
                guard try peek() == UInt8(ascii: "\n") else { throw Fault(line: line, reason: .bareCarriageReturn) }
            case UInt8(ascii: "\""): throw Fault(line: line, reason: .badQuote)
            default:
                guard !isQuoted else { throw Fault(line: line, reason: .badQuote) }
                try append(byte, to: &field)
            }
        }
        return (try text(field), true)
    }

    /// Up to the closing mark. Lines may end inside (RFC 4180 §2.6), and a doubled mark is one.
    private mutating func readQuoted(into field: inout [UInt8]) throws {
        let start = line
        while let byte = try peek() {
            next += 1
            if byte == UInt8(ascii: "\"") {
                guard try peek() == UInt8(ascii: "\"") else { return }
                next += 1
            }
            if byte == UInt8(ascii: "\n") { line += 1 }
            try append(byte, to: &field)
        }
        throw Fault(line: start, reason: .badQuote)
    }

    private func append(_ byte: UInt8, to field: inout [UInt8]) throws {
        guard field.count < Self.longestField else { throw Fault(line: line, reason: .fieldTooLong) }
        field.append(byte)
    }

    private func text(_ field: [UInt8]) throws -> String {
        guard let text = String(validating: field, as: UTF8.self) else { throw Fault(line: line, reason: .notUTF8) }
        return text
    }

    private mutating func peek() throws -> UInt8? {
        if next == bytes.count, !isAtEnd {
            bytes = try more()
            next = 0
            isAtEnd = bytes.isEmpty
        }
        return isAtEnd ? nil : bytes[next]
    }

    /// Spreadsheets put one in front of UTF-8.
    private mutating func skipByteOrderMark() throws {
        guard isAtStart else { return }
        isAtStart = false
        guard try peek() == 0xEF else { return }
        for byte: UInt8 in [0xEF, 0xBB, 0xBF] {
            guard try peek() == byte else { throw Fault(line: 1, reason: .notUTF8) }
            next += 1
        }
    }
}

extension String {
    /// As a field of RFC 4180: quoted if it has to be.
    var asCSVField: String {
        let needsQuotes = utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
        return needsQuotes
            ? "\"" + split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\"" : self
    }
}
