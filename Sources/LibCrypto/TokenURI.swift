/// The name of a key in a PKCS #11 token (RFC 7512): `pkcs11:token=carrier;object=sign`.
///
/// It says which token and which key, and nothing else: the engine takes the last of several keys that fit, and a PIN
/// in a name ends up in whatever shows the name.
package struct TokenURI: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package static func isNamed(_ text: String) -> Bool { text.hasPrefix(scheme) }

    package init(_ text: String) throws(TokenFault) {
        guard Self.isNamed(text), text.utf8.count <= Self.longest else {
            throw .notAURI("it begins with \(Self.scheme) and has at most \(Self.longest) bytes")
        }
        guard !text.contains("pin-value"), !text.contains("pin-source") else { throw .pinInURI }
        guard !text.contains("?") else { throw .notAURI("nothing may follow a question mark here") }
        guard text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw .notAURI("it has a character that must be written %XX")
        }
        try Self.check(attributes: text.dropFirst(Self.scheme.count))
        description = text
    }

    private static let scheme = "pkcs11:"
    private static let longest = 512
    private static let tokenNames: Set<Substring> = ["token", "serial", "manufacturer", "model"]
    private static let keyNames: Set<Substring> = ["object", "id"]

    private static func check(attributes: Substring) throws(TokenFault) {
        var names: Set<Substring> = []
        for attribute in attributes.split(separator: ";", omittingEmptySubsequences: false) {
            let parts = attribute.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, isEncoded(parts[1]) else { throw .notAURI("\(attribute) is not name=value") }
            guard tokenNames.contains(parts[0]) || keyNames.contains(parts[0]) || attribute == "type=private" else {
                throw .notAURI("\(attribute) is not known here")
            }
            guard names.insert(parts[0]).inserted else { throw .notAURI("\(parts[0]) stands twice") }
        }
        guard !names.isDisjoint(with: ["token", "serial"]), !names.isDisjoint(with: keyNames) else {
            throw .notAURI("it must say which token and which key, as in pkcs11:token=carrier;object=sign")
        }
    }

    /// Whether each percent sign has its two digits.
    private static func isEncoded(_ value: Substring) -> Bool {
        value.split(separator: "%", omittingEmptySubsequences: false).dropFirst().allSatisfy { part in
            part.utf8.count >= 2
                && part.utf8.prefix(2).allSatisfy {
                    UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                        || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0 | 0x20
                }
        }
    }
}
