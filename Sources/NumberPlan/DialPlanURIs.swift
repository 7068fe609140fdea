/// Numbers in URIs (RFC 3966 §3 to §5, RFC 3261 §19.1.6, RFC 8224 §8.1).
extension DialPlan {
    func number(fromURI raw: String) throws(NumberFault) -> TelephoneNumber {
        guard raw.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F || $0 == 0x20 }) else { throw .forbiddenCharacter }
        guard raw.lowercased() != "anonymous" else { throw .anonymous }
        let text = raw.utf8[...]
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else {
            guard !text.contains(UInt8(ascii: "@")) else { throw .uriIdentity }
            return try number(fromSubscriber: Array(text), context: nil)
        }
        let rest = text[text.index(after: colon)...]
        switch String(decoding: text[..<colon], as: UTF8.self).lowercased() {
        case "tel": return try number(fromSubscriber: try percentDecoded(rest), context: nil)
        case "sip", "sips": return try number(fromSIP: rest)
        default: throw .uriIdentity
        }
    }

    /// `user[:password]@host[:port][;parameters][?headers]`
    private func number(fromSIP rest: Substring.UTF8View) throws(NumberFault) -> TelephoneNumber {
        let beforeHeaders = rest.prefix { $0 != UInt8(ascii: "?") }
        guard let at = beforeHeaders.firstIndex(of: UInt8(ascii: "@")) else { throw .uriIdentity }
        let (host, parameters) = try Self.parameters(beforeHeaders[beforeHeaders.index(after: at)...])
        guard !host.contains(UInt8(ascii: "@")) else { throw .malformedURI }
        let user = try percentDecoded(beforeHeaders[..<at].prefix { $0 != UInt8(ascii: ":") })
        let hostName = String(decoding: host.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self).lowercased()
        // RFC 3323 §4.1.1.3
        guard hostName != "anonymous.invalid", String(decoding: user, as: UTF8.self).lowercased() != "anonymous" else {
            throw .anonymous
        }
        let isPhone = parameters["user"]?.lowercased() == "phone"
        let isGlobal = user.first == UInt8(ascii: "+")
        let isDigits = user.prefix { $0 != UInt8(ascii: ";") }.allSatisfy(Self.isDialled)
        guard isPhone || isGlobal || readsBareUsers && isDigits else { throw .uriIdentity }
        return try number(fromSubscriber: user, context: parameters["phone-context"])
    }

    /// A number with its parameters, of which only `phone-context` has a bearing on which number it is.
    private func number(fromSubscriber text: [UInt8], context: String?) throws(NumberFault) -> TelephoneNumber {
        let (subscriber, parameters) = try Self.parameters(text[...])
        let dialled = try Dialled(subscriber)
        guard dialled.digits.count > 0 else { throw .empty }
        guard !dialled.isInternational, let context = parameters["phone-context"] ?? context,
            context.utf8.first == UInt8(ascii: "+")
        else {
            // A domain name as context names whose plan it is (RFC 3966 §5.1.5): ours.
            return try number(dialled: dialled)
        }
        let prefix = try Dialled(context.utf8).digits
        if prefix == country?.digits, isOwnCode(dialled.digits) { return try number(dialled: dialled) }
        guard let whole = prefix.followed(by: dialled.digits) else { throw .tooLong }
        return try global(whole)
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
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "*"), UInt8(ascii: "#"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "("), UInt8(ascii: ")"):
            true
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
