internal import Jansson

/// One Identity header field value: `token;info=<uri>;alg=ES256;ppt=shaken` (RFC 8224 §4).
///
/// All looking is done on bytes: to Swift, CR LF is one character, and neither CR nor LF.
package struct IdentityHeader: Hashable, Sendable {
    /// The token as it stands; nothing in it has been decoded.
    package let token: ArraySlice<UInt8>
    /// What stands between `<` and `>`. Nil when the parameter is missing.
    package let info: String?
    /// What `info` holds is no URI in brackets. Told only once it is known that the token is one of ours.
    package let isInfoMalformed: Bool
    package let algorithm: String?
    package let extensionName: String?

    /// What one field value may measure, parameters included, in bytes.
    package static let longest = 16_384
    /// How many field values of one request are looked at; those beyond are ignored, and noted.
    package static let mostPerRequest = 10
}

extension IdentityHeader {
    package init(parsing value: String) throws(PassportFault) {
        guard value.utf8.count <= Self.longest else { throw .tooLarge(bytes: value.utf8.count) }
        var reader = FieldReader(Array(value.utf8))
        try reader.checkCharacters()
        reader.skipBlanks()
        token = reader.token()
        if let info = reader.usualParameters() {
            self.info = info
            isInfoMalformed = false
            (algorithm, extensionName) = ("ES256", "shaken")
            return
        }
        var isInfoMalformed = false
        var info: String?, algorithm: String?, extensionName: String?
        reader.skipBlanks()
        while !reader.isAtEnd {
            guard reader.take(UInt8(ascii: ";")) else { throw .fieldMalformed("a semicolon was expected") }
            reader.skipBlanks()
            // A trailing semicolon is a slip that changes nothing.
            if reader.isAtEnd { break }
            switch try reader.parameterName() {
            case "info":
                let uri = reader.bracketedURI()
                isInfoMalformed = isInfoMalformed || uri == nil
                try Self.set(&info, to: uri ?? "", "info")
            case "alg": try Self.set(&algorithm, to: try reader.parameterValue(), "alg")
            case "ppt": try Self.set(&extensionName, to: try reader.parameterValue(), "ppt")
            default: _ = try reader.parameterValue()
            }
            reader.skipBlanks()
        }
        self.info = info
        self.isInfoMalformed = isInfoMalformed
        self.algorithm = algorithm
        self.extensionName = extensionName
    }

    private static func set(_ place: inout String?, to value: String?, _ name: String) throws(PassportFault) {
        guard place == nil else { throw .fieldMalformed("\(name) stands twice") }
        guard let value else { throw .fieldMalformed("\(name) has no value") }
        place = value
    }
}

extension IdentityHeader {
    /// The values in header fields, each of which may hold several with commas between them (RFC 3261 §7.3.1).
    ///
    /// A comma inside `<…>` or quotes belongs to its value. Values of nothing but blanks are dropped.
    package static func split(_ fields: [String]) -> [String] {
        let isEachOne = fields.allSatisfy { field in
            field.utf8.span.firstIndex(of: UInt8(ascii: ",")) == nil && !isBlank(field.utf8[...])
        }
        return isEachOne ? fields : fields.flatMap(split)
    }

    private static func split(_ field: String) -> [String] {
        var scanner = ListScanner()
        let values = field.utf8.split { scanner.endsValue($0) }
        return values.flatMap(apart).filter { !isBlank($0) }.map { String(Substring($0)) }
    }

    /// A value whose bracket or quotation does not end has swallowed those behind it, which may be sound: each begins with a
    /// token, and each token with a brace, which is `ey` in base64.
    private static func apart(_ value: Substring.UTF8View) -> [Substring.UTF8View] {
        guard value.contains(UInt8(ascii: ",")), !isSound(value) else { return [value] }
        var rest = value, values: [Substring.UTF8View] = []
        var place = rest.startIndex
        while let comma = rest[place...].firstIndex(of: UInt8(ascii: ",")) {
            place = rest.index(after: comma)
            guard rest[place...].drop(while: isBlank).starts(with: "ey".utf8) else { continue }
            values.append(rest[..<comma])
            rest = rest[place...]
        }
        return values + [rest]
    }

    private static func isSound(_ value: Substring.UTF8View) -> Bool {
        (try? IdentityHeader(parsing: String(Substring(value)))).map { !$0.isInfoMalformed } ?? false
    }

    private static func isBlank(_ value: Substring.UTF8View) -> Bool {
        value.allSatisfy(isBlank)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
}

/// Tells the commas between values from those inside one.
private struct ListScanner {
    private var isInQuotes = false, isInBrackets = false, isEscaped = false

    mutating func endsValue(_ byte: UInt8) -> Bool {
        if isEscaped {
            isEscaped = false
            return false
        }
        switch byte {
        case UInt8(ascii: "\\"): isEscaped = isInQuotes
        case UInt8(ascii: "\""): if !isInBrackets { isInQuotes.toggle() }
        case UInt8(ascii: "<"): isInBrackets = isInBrackets || !isInQuotes
        case UInt8(ascii: ">"): isInBrackets = isInBrackets && isInQuotes
        case UInt8(ascii: ","): return !isInQuotes && !isInBrackets
        default: break
        }
        return false
    }
}
