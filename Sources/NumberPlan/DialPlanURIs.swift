/// Numbers in URIs (RFC 3966 §3 to §5, RFC 3261 §19.1.6, RFC 8224 §8.1).
extension DialPlan {
    func dialled(inURI raw: String) throws(NumberFault) -> Dialled {
        let subscriber = try Subscriber(raw, readingBareUsers: readsBareUsers)
        let dialled = try Dialled(subscriber.number)
        guard dialled.digits.count > 0 else { throw .empty }
        guard !dialled.isInternational, let context = subscriber.context, context.utf8.first == UInt8(ascii: "+") else {
            // A domain name as context names whose plan it is (RFC 3966 §5.1.5): ours.
            return dialled
        }
        let prefix = try Dialled(context.utf8).digits
        if prefix == country?.digits, isOwnCode(dialled.digits) { return dialled }
        guard let whole = prefix.followed(by: dialled.digits) else { throw .tooLong }
        return Dialled(global: whole)
    }
}

/// What in a URI, or in what is left of one, must be a number; of its parameters only `phone-context` has a bearing on
/// which number it is.
struct Subscriber {
    let number: ArraySlice<UInt8>
    let context: String?

    init(_ raw: String, readingBareUsers: Bool) throws(NumberFault) {
        guard raw.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else { throw .forbiddenCharacter }
        guard !Self.isWithheld(raw) else { throw .anonymous }
        let text = raw.utf8[...]
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else {
            guard !text.contains(UInt8(ascii: "@")) else {
                // Without a scheme it is no number, but may still say that there is none.
                _ = try Subscriber(sip: text, readingBareUsers: readingBareUsers)
                throw .uriIdentity
            }
            try self.init(user: Array(text), context: nil)
            return
        }
        let rest = text[text.index(after: colon)...]
        switch String(decoding: text[..<colon], as: UTF8.self).lowercased() {
        case "tel": try self.init(user: try percentDecoded(rest), context: nil)
        case "sip", "sips": try self.init(sip: rest, readingBareUsers: readingBareUsers)
        default: throw .uriIdentity
        }
    }

    /// `user[:password]@host[:port][;parameters][?headers]`
    private init(sip rest: Substring.UTF8View, readingBareUsers: Bool) throws(NumberFault) {
        let beforeHeaders = rest.prefix { $0 != UInt8(ascii: "?") }
        guard let at = beforeHeaders.firstIndex(of: UInt8(ascii: "@")) else { throw .uriIdentity }
        let (host, parameters) = try Self.parameters(beforeHeaders[beforeHeaders.index(after: at)...])
        guard !host.contains(UInt8(ascii: "@")) else { throw .malformedURI }
        let user = try percentDecoded(beforeHeaders[..<at].prefix { $0 != UInt8(ascii: ":") })
        let hostName = String(decoding: host.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self).lowercased()
        guard !Self.isOfNobody(hostName), !Self.isWithheld(String(decoding: user, as: UTF8.self)) else {
            throw .anonymous
        }
        let isPhone = parameters["user"]?.lowercased() == "phone"
        let isGlobal = user.first == UInt8(ascii: "+")
        let isDigits = user.prefix { $0 != UInt8(ascii: ";") }.allSatisfy(Self.isDialled)
        guard isPhone || isGlobal || readingBareUsers && isDigits else { throw .uriIdentity }
        try self.init(user: user, context: parameters["phone-context"])
    }

    /// - Parameter context: a URI's, where the user part has none.
    private init(user: [UInt8], context: String?) throws(NumberFault) {
        let (body, parameters) = try Self.parameters(user[...])
        number = body
        self.context = parameters["phone-context"] ?? context
    }

    /// RFC 3323 §4.1.1.3 and TS 23.003 §13.6 for who wants no name, §13.7 for whom the network does not know.
    private static func isOfNobody(_ host: String) -> Bool { host == "anonymous.invalid" || host == "unknown.invalid" }

    /// What switches write for a number that they keep back or do not have.
    private static func isWithheld(_ word: String) -> Bool {
        switch word.lowercased() {
        case "anonymous", "private", "restricted", "unavailable", "unknown", "withheld": true
        default: false
        }
    }

    /// What stands before the first `;`, and the parameters by their names in lower case.
    private static func parameters<Text: BidirectionalCollection<UInt8>>(
        _ text: Text
    ) throws(NumberFault) -> (body: Text.SubSequence, parameters: [String: String]) {
        let parts = text.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard let body = parts.first else { throw .empty }
        var parameters: [String: String] = [:]
        for part in parts.dropFirst() {
            let name = part.prefix { $0 != UInt8(ascii: "=") }
            guard !name.isEmpty else { throw .malformedURI }
            let value = String(decoding: part.dropFirst(name.count + 1), as: UTF8.self)
            guard parameters.updateValue(value, forKey: String(decoding: name, as: UTF8.self).lowercased()) == nil
            else {
                throw .duplicateParameter
            }
        }
        return (body, parameters)
    }

    private static func isDialled(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "*"), UInt8(ascii: "#"): true
        default: isVisualSeparator(character)
        }
    }

    /// RFC 3966 §3
    static func isVisualSeparator(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "("), UInt8(ascii: ")"): true
        default: false
        }
    }
}

/// RFC 3986 §2.1; octets outside ASCII are refused, since nothing here may hold them.
func percentDecoded(_ text: some Sequence<UInt8>) throws(NumberFault) -> [UInt8] {
    var decoded: [UInt8] = []
    var iterator = text.makeIterator()
    while let character = iterator.next() {
        guard character == UInt8(ascii: "%") else {
            decoded.append(character)
            continue
        }
        guard let high = iterator.next().flatMap(hexValue), let low = iterator.next().flatMap(hexValue) else {
            throw .badPercentEncoding
        }
        guard high < 8 else { throw .forbiddenCharacter }
        decoded.append(high << 4 | low)
    }
    return decoded
}

func hexValue(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    default: nil
    }
}
