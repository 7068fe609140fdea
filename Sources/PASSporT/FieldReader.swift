internal import Jansson

/// Reads one header field value from left to right, by the grammar of RFC 3261 §25.1.
struct FieldReader {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { index == bytes.count }

    /// Refuses what could end the field early and begin another: any control character but a tab, and any CR or LF that
    /// does not fold the line (RFC 3261 §7.3.1).
    func checkCharacters() throws(PassportFault) {
        if bytes.span.firstIndex(flagged: Self.isForeign) == nil { return }
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if Self.isForeign(byte) == 1, byte != 0x09 {
                guard isFold(at: index) else { throw .fieldMalformed("a character that no header field may hold") }
                index += 1
            }
            index += 1
        }
    }

    mutating func skipBlanks() {
        while index < bytes.count {
            if bytes[index] == 0x20 || bytes[index] == 0x09 {
                index += 1
            } else if isFold(at: index) {
                index += 3
            } else {
                return
            }
        }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    /// Everything up to the first semicolon or blank.
    mutating func token() -> ArraySlice<UInt8> {
        let start = index
        index = bytes.span.firstIndex(from: start, flagged: Self.endsToken) ?? bytes.count
        return bytes[start..<index]
    }

    /// The rest of the field, when it is `;info=<uri>;alg=ES256;ppt=shaken` to the letter, as nearly every signer writes it:
    /// the URI. Nil, and nothing is read, when it is anything else.
    mutating func usualParameters() -> String? {
        guard bytes.count - index > Self.beforeURI.count + Self.afterURI.count else { return nil }
        let uri = index + Self.beforeURI.count..<bytes.count - Self.afterURI.count
        guard bytes[index..<uri.lowerBound].elementsEqual(Self.beforeURI),
            bytes[uri.upperBound...].elementsEqual(Self.afterURI), isURI(uri)
        else { return nil }
        index = bytes.count
        return text(uri)
    }

    private static let beforeURI = Array(";info=<".utf8)
    private static let afterURI = Array(">;alg=ES256;ppt=shaken".utf8)

    /// In lower case, since case does not matter in it.
    mutating func parameterName() throws(PassportFault) -> String {
        let start = index
        while index < bytes.count, Self.isTokenCharacter(bytes[index]) { index += 1 }
        guard index > start else { throw .fieldMalformed("a parameter has no name") }
        return text(start..<index).lowercased()
    }

    /// A word, a quoted string without its quotes, or nil for a parameter without a value.
    mutating func parameterValue() throws(PassportFault) -> String? {
        guard takeEqualSign() else { return nil }
        if take(UInt8(ascii: "\"")) { return try quotedText() }
        let start = index
        while index < bytes.count, Self.isWord(bytes[index]) { index += 1 }
        guard index > start else { throw .fieldMalformed("a parameter has an empty value") }
        return text(start..<index)
    }

    /// `=<uri>`, with something that can be a URI between the brackets (RFC 8224 §4); nil for anything else, which is
    /// passed over up to the next semicolon, one between the brackets apart.
    mutating func bracketedURI() -> String? {
        let start = index
        if takeEqualSign(), take(UInt8(ascii: "<")) {
            let first = index
            while index < bytes.count, bytes[index] != UInt8(ascii: ">") { index += 1 }
            let uri = first..<index
            if take(UInt8(ascii: ">")) { if isURI(uri) { return text(uri) } } else { index = start }
        }
        while index < bytes.count, bytes[index] != UInt8(ascii: ";") { index += 1 }
        return nil
    }
}

extension FieldReader {
    private mutating func takeEqualSign() -> Bool {
        let start = index
        skipBlanks()
        guard take(UInt8(ascii: "=")) else {
            index = start
            return false
        }
        skipBlanks()
        return true
    }

    private mutating func quotedText() throws(PassportFault) -> String {
        var quoted: [UInt8] = []
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            if bytes[index] == UInt8(ascii: "\\") { index += 1 }
            guard index < bytes.count else { break }
            quoted.append(bytes[index])
            index += 1
        }
        guard take(UInt8(ascii: "\"")) else { throw .fieldMalformed("a quoted string does not end") }
        return String(decoding: quoted, as: UTF8.self)
    }

    /// CR LF and a blank: a line break that means a blank.
    private func isFold(at index: Int) -> Bool {
        index + 2 < bytes.count && bytes[index] == 0x0D && bytes[index + 1] == 0x0A
            && (bytes[index + 2] == 0x20 || bytes[index + 2] == 0x09)
    }

    /// `scheme:` and at least one character more, none of them foreign to a URI (RFC 3986 §2, §3.1).
    private func isURI(_ range: Range<Int>) -> Bool {
        guard let colon = bytes[range].firstIndex(of: UInt8(ascii: ":")), colon > range.lowerBound,
            colon + 1 < range.upperBound, Self.isLetter(bytes[range.lowerBound])
        else { return false }
        let isScheme = bytes[range.lowerBound..<colon].allSatisfy { byte in
            Self.isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.".utf8.contains(byte)
        }
        return isScheme && bytes[range].allSatisfy(Self.isURICharacter)
    }

    private static func isURICharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\\"), UInt8(ascii: "^"),
            UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"):
            false
        default: byte > 0x20 && byte < 0x7F
        }
    }

    /// A semicolon, or anything that is not visible.
    private static func endsToken(_ byte: UInt8) -> UInt8 {
        (byte == UInt8(ascii: ";") ? 1 : 0) | (byte <= 0x20 ? 1 : 0)
    }

    /// A control character.
    private static func isForeign(_ byte: UInt8) -> UInt8 { (byte < 0x20 ? 1 : 0) | (byte == 0x7F ? 1 : 0) }

    /// Of a value without quotes: visible, in ASCII, and neither the end of the parameter nor the beginning of a quotation.
    private static func isWord(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: ";") && byte != UInt8(ascii: "\"")
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-.!%*_+`'~".utf8.contains(byte)
    }
}
