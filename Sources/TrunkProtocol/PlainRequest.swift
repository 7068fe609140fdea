internal import Jansson

/// Reads the requests that switches write all day: an object of plain strings and whole numbers, without a tree.
///
/// It refuses nothing. What is of any other shape (an escape, a byte beyond ASCII, an unknown or repeated name, whatever
/// would be an error) is nil here, and ``Envelope`` has jansson read it; what it does read, jansson reads as the same.
package struct PlainRequest {
    /// Not of the shape that is read here.
    private enum NotPlain: Error { case notPlain }

    /// As deep as what is read here can be.
    static let depth = 4
    private static let mostDigits = 18
    private var index = 0
    private var hasParams = false
    private var identity: [String]?
    private var orig: String?
    private var dest: [String]?
    private var presentation: String?
    private var attest: String?
    private var origid: String?
    private var iat: Int?
    private var date: String?
    private var trunk: String?
    private var egress: String?
    private var call: String?

    /// Nil unless all of the text is such a request.
    package static func read(_ text: Span<UInt8>) -> (RequestID, SwitchRequest)? {
        var reader = PlainRequest()
        return try? reader.envelope(text)
    }

    private mutating func envelope(_ text: Span<UInt8>) throws(NotPlain) -> (RequestID, SwitchRequest) {
        var version: String?, method: String?, id: RequestID?
        try expect("{", text)
        repeat {
            switch try name(text) {
            case "jsonrpc" where version == nil: version = try string(text)
            case "method" where method == nil: method = try string(text)
            case "id" where id == nil: id = try requestID(text)
            case "params" where !hasParams: try params(text)
            default: throw .notPlain
            }
        } while take(",", text)
        try expect("}", text)
        skipBlanks(text)
        guard index == text.count, version == "2.0", let method, let id, hasParams else { throw .notPlain }
        return (id, try request(method))
    }

    private mutating func params(_ text: Span<UInt8>) throws(NotPlain) {
        hasParams = true
        try expect("{", text)
        repeat {
            switch try name(text) {
            case "identity" where identity == nil: identity = try strings(text)
            case "orig" where orig == nil: orig = try number(text)
            case "dest" where dest == nil: dest = try numbers(text)
            case "presentation" where presentation == nil: presentation = try string(text)
            case "attest" where attest == nil: attest = try string(text)
            case "origid" where origid == nil: origid = try string(text)
            case "iat" where iat == nil: iat = try integer(text)
            case "date" where date == nil: date = try string(text)
            case "trunk" where trunk == nil: trunk = try string(text)
            case "egress" where egress == nil: egress = try string(text)
            case "call" where call == nil: call = try string(text)
            default: throw .notPlain
            }
        } while take(",", text)
        try expect("}", text)
    }

    /// A member that the method does not know is not looked at by it, so that it is not for here to say what it may be.
    private func request(_ method: String) throws(NotPlain) -> SwitchRequest {
        guard let orig, let dest, dest.count <= SwitchRequest.mostNumbers,
            let isRestricted = SwitchRequest.isRestricted(presentation)
        else { throw .notPlain }
        switch method {
        case "sign" where identity == nil:
            guard SignRequest.isAttestation(attest) else { throw .notPlain }
            return .sign(
                SignRequest(
                    orig: orig, dest: dest, isRestricted: isRestricted, attest: attest, origid: origid,
                    iat: iat, date: date, trunk: trunk, egress: egress, call: call))
        case "verify" where attest == nil && origid == nil && iat == nil:
            return .verify(
                VerifyRequest(
                    identity: identity ?? [], orig: orig, dest: dest, isRestricted: isRestricted, date: date,
                    trunk: trunk, egress: egress, call: call))
        default: throw .notPlain
        }
    }
}

// What values look like.
extension PlainRequest {
    private mutating func requestID(_ text: Span<UInt8>) throws(NotPlain) -> RequestID {
        guard next(text) == UInt8(ascii: "\"") else { return .integer(try integer(text)) }
        let name = try string(text)
        guard name.utf8.count <= RequestID.longest else { throw .notPlain }
        return .string(name)
    }

    /// `"tn"` or `{"tn":"…"}`.
    private mutating func number(_ text: Span<UInt8>) throws(NotPlain) -> String {
        guard take("{", text) else { return try string(text) }
        guard try name(text) == "tn" else { throw .notPlain }
        let number = try string(text)
        try expect("}", text)
        return number
    }

    /// `"tn"`, `["tn",…]`, `{"tn":"…"}` or `{"tn":["…",…]}`.
    private mutating func numbers(_ text: Span<UInt8>) throws(NotPlain) -> [String] {
        guard take("{", text) else { return try strings(text) }
        guard try name(text) == "tn" else { throw .notPlain }
        let numbers = try strings(text)
        try expect("}", text)
        return numbers
    }

    private mutating func strings(_ text: Span<UInt8>) throws(NotPlain) -> [String] {
        guard take("[", text) else { return [try string(text)] }
        var strings: [String] = []
        repeat { strings.append(try string(text)) } while take(",", text)
        try expect("]", text)
        return strings
    }

    /// A member's name and its colon.
    private mutating func name(_ text: Span<UInt8>) throws(NotPlain) -> String {
        let name = try string(text)
        try expect(":", text)
        return name
    }

    private mutating func string(_ text: Span<UInt8>) throws(NotPlain) -> String {
        try expect("\"", text)
        let start = index
        skipPlain(text)
        guard index < text.count, text[index] == UInt8(ascii: "\""),
            let characters = try? UTF8Span(validating: text.extracting(start..<index))
        else { throw .notPlain }
        index += 1
        return String(copying: characters)
    }

    /// To the first byte that is not simply itself within a string: a quotation mark, a reverse solidus, a control
    /// character, or one beyond ASCII.
    private mutating func skipPlain(_ text: Span<UInt8>) {
        // Most are short: only then is it worth while to look at many bytes at once.
        let short = min(index + 40, text.count)
        while index < short {
            guard isSpecialInJSON(text[index]) == 0 else { return }
            index += 1
        }
        index = text.firstIndex(from: index, flagged: isSpecialInJSON) ?? text.count
    }

    private mutating func integer(_ text: Span<UInt8>) throws(NotPlain) -> Int {
        let isNegative = take("-", text), start = index
        var number = 0
        while index < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[index]) {
            guard index - start < Self.mostDigits else { throw .notPlain }
            number = number * 10 + Int(text[index] & 15)
            index += 1
        }
        // JSON has no leading zeros; a fraction or an exponent ends what may follow a member.
        guard index > start, text[start] != UInt8(ascii: "0") || index == start + 1 else { throw .notPlain }
        return isNegative ? -number : number
    }

    private mutating func expect(_ mark: Unicode.Scalar, _ text: Span<UInt8>) throws(NotPlain) {
        guard take(mark, text) else { throw .notPlain }
    }

    private mutating func take(_ mark: Unicode.Scalar, _ text: Span<UInt8>) -> Bool {
        guard next(text) == UInt8(ascii: mark) else { return false }
        index += 1
        return true
    }

    private mutating func next(_ text: Span<UInt8>) -> UInt8? {
        skipBlanks(text)
        return index < text.count ? text[index] : nil
    }

    private mutating func skipBlanks(_ text: Span<UInt8>) {
        while index < text.count, text[index] <= 0x20 {
            switch text[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }
}
