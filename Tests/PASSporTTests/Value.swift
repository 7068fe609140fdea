import Forgery
import LibCrypto
import PASSporT

/// An Identity header field value of one call, to alter one thing of.
enum Value {
    static let key = try! SigningKey.generate()
    static let url = "https://cr.example.com/1234/cert.pem"
    static let iat = 1_795_329_200

    static func forgery(_ alter: (inout Forgery) -> Void = { _ in }) -> Forgery {
        var forgery = Forgery(key: key, url: url, iat: iat)
        alter(&forgery)
        return forgery
    }

    static func read(_ identity: String) throws(PassportFault) -> UnverifiedPassport {
        try UnverifiedPassport(try IdentityHeader(parsing: identity))
    }

    /// What the token is refused for, before any key is looked for; nil if it is not.
    static func fault(_ alter: (inout Forgery) -> Void) -> PassportFault? {
        do throws(PassportFault) {
            _ = try read(forgery(alter).identity)
            return nil
        } catch { return error }
    }

    static func fault(ofParameters parameters: String) -> PassportFault? { fault { $0.parameters = parameters } }

    static func verified(_ identity: String) throws -> VerifiedPassport {
        try read(identity).verified(by: try key.verifyingKey)
    }
}

extension VerifiedPassport {
    var assertionBytes: [UInt8] { assertion.indices.map { assertion[$0] } }
}
