internal import Jansson

/// The members of a record, in the order in which they are written.
enum RecordField: Int, CaseIterable {
    case at, attest, call, credential, dest, egress, inputs, kind, ledger, notes, of, orig, origid, peer, plan, rawOrig,
        reason, sip, step, tokens, trunk, verdict

    fileprivate static let names = allCases.map { Array("\"\($0)\":".utf8) }

    /// As it is written, with its quotes and the colon.
    var name: [UInt8] { Self.names[rawValue] }
}

/// Where the members of a record's line stand in a text: each value as it is written.
///
/// It reads what ``RecordText`` writes and nothing else: each name at most once, in order, without white space. Whoever looks
/// for records does so by their text, so that an index and a search find the same.
struct RecordFields {
    private var places = InlineArray<22, Range<Int>>(repeating: 0..<0)

    /// Nil for a line that is none of ours.
    ///
    /// - Parameter last: what stands behind this member is not looked at.
    init?(_ bytes: [UInt8], _ line: Range<Int>, until last: RecordField = .verdict) {
        guard line.count > 2, bytes[line.lowerBound] == UInt8(ascii: "{"),
            bytes[line.upperBound - 1] == UInt8(ascii: "}")
        else { return nil }
        let end = line.upperBound - 1
        var place = line.lowerBound + 1, field = 0
        while true {
            while field < RecordField.names.count, !Self.stands(RecordField.names[field], at: place, in: bytes, end) {
                field += 1
            }
            guard field < RecordField.names.count else { return nil }
            let start = place + RecordField.names[field].count
            guard field <= last.rawValue else { return }
            guard let valueEnd = Self.valueEnd(from: start, in: bytes, end) else { return nil }
            places[field] = start..<valueEnd
            if valueEnd == end { break }
            guard bytes[valueEnd] == UInt8(ascii: ",") else { return nil }
            (place, field) = (valueEnd + 1, field + 1)
        }
        guard self[.at] != nil, self[.kind] != nil else { return nil }
    }

    private static func stands(_ name: [UInt8], at place: Int, in bytes: [UInt8], _ end: Int) -> Bool {
        guard end - place > name.count else { return false }
        for index in name.indices where bytes[place + index] != name[index] { return false }
        return true
    }

    private static func valueEnd(from start: Int, in bytes: [UInt8], _ end: Int) -> Int? {
        switch bytes[start] {
        case UInt8(ascii: "\""): stringEnd(from: start, in: bytes, end)
        case UInt8(ascii: "["): arrayEnd(from: start, in: bytes, end)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            bytes[start + 1..<end].firstIndex { !(48...57).contains($0) } ?? end
        default: nil
        }
    }

    private static func stringEnd(from start: Int, in bytes: [UInt8], _ end: Int) -> Int? {
        var place = start + 1
        while let found = bytes.span.firstIndex(from: place, flagged: isSpecialInJSON), found < end {
            switch bytes[found] {
            case UInt8(ascii: "\""): return found + 1
            case UInt8(ascii: "\\"): place = found + 2
            case ..<0x20: return nil
            default: place = found + 1
            }
        }
        return nil
    }

    private static func arrayEnd(from start: Int, in bytes: [UInt8], _ end: Int) -> Int? {
        var place = start, depth = 0
        while place < end {
            switch bytes[place] {
            case UInt8(ascii: "\""):
                guard let stringEnd = stringEnd(from: place, in: bytes, end) else { return nil }
                place = stringEnd
                continue
            case UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { return place + 1 }
            case UInt8(ascii: ","): break
            default: return nil
            }
            place += 1
        }
        return nil
    }

    /// The value as it is written; nil where there is no such member.
    subscript(field: RecordField) -> Range<Int>? {
        let place = places[field.rawValue]
        return place.isEmpty ? nil : place
    }

    func integer(_ field: RecordField, in bytes: [UInt8]) -> Int? {
        self[field].flatMap { Int(String(decoding: bytes[$0], as: UTF8.self)) }
    }

    func string(_ field: RecordField, in bytes: [UInt8]) -> String? {
        self[field].flatMap { Self.string($0, in: bytes) }
    }

    /// The elements of an array of strings, each as it is written.
    func elements(_ field: RecordField, in bytes: [UInt8]) -> [Range<Int>] {
        guard let array = self[field], bytes[array.lowerBound] == UInt8(ascii: "[") else { return [] }
        var elements: [Range<Int>] = [], place = array.lowerBound + 1
        while let end = Self.stringEnd(from: place, in: bytes, array.upperBound) {
            elements.append(place..<end)
            place = end + 1
        }
        return elements
    }

    /// Of a string as it is written, without what `JSONText` escapes; nil for anything else.
    static func string(_ place: Range<Int>, in bytes: [UInt8]) -> String? {
        guard place.count >= 2, bytes[place.lowerBound] == UInt8(ascii: "\"") else { return nil }
        let written = bytes[place.lowerBound + 1..<place.upperBound - 1]
        guard written.contains(UInt8(ascii: "\\")) else { return String(decoding: written, as: UTF8.self) }
        return unescaped(written).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func unescaped(_ written: ArraySlice<UInt8>) -> [UInt8]? {
        var text: [UInt8] = [], rest = written
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "\""): text.append(UInt8(ascii: "\""))
            case UInt8(ascii: "\\"): text.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "u"):
                guard let code = UInt8(String(decoding: rest.prefix(4), as: UTF8.self), radix: 16) else { return nil }
                text.append(code)
                rest = rest.dropFirst(4)
            default: return nil
            }
        }
        return text
    }
}
