import Certificates
import LibCrypto

extension MiniPKI.Recipe.PublicKey {
    /// The key to sign tokens with, DER of the public key, and what it signs certificates with.
    func made() -> (SigningKey, [UInt8], MiniPKI.Signatory) {
        switch self {
        case .fresh:
            let key = try! SigningKey.generate()
            return (key, try! key.verifyingKey.subjectPublicKeyInfo, .fit(key))
        case .of(let key):
            return (key, try! key.verifyingKey.subjectPublicKeyInfo, .fit(key))
        case .explicitParameters:
            let key = try! SigningKey.generate()
            return (key, Self.explicit(try! key.verifyingKey.point), .fit(key))
        case .pointAtInfinity:
            let key = try! SigningKey.generate()
            let curve = DERElement.sequence(try! .oid("1.2.840.10045.2.1"), try! .oid("1.2.840.10045.3.1.7"))
            return (key, DERElement.sequence(curve, .bits([0])).bytes, .fit(key))
        case .unfit(let kind):
            let key = try! UnfitKey(kind)
            return (try! SigningKey.generate(), try! key.subjectPublicKeyInfo, .unfit(key))
        }
    }

    /// ECParameters of P-256 (SEC 2 §2.4.2) in the place of the curve's name.
    private static func explicit(_ point: [UInt8]) -> [UInt8] {
        let prime = bytes("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF")
        let a = bytes("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFC")
        let b = bytes("5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B")
        let generator = bytes(
            "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296"
                + "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5")
        let order = bytes("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551")
        let parameters = DERElement.sequence(
            .integer(1), .sequence(try! .oid("1.2.840.10045.1.1"), .integer(unsigned: prime)),
            .sequence(.octets(a), .octets(b)), .octets(generator), .integer(unsigned: order), .integer(1))
        return DERElement.sequence(.sequence(try! .oid("1.2.840.10045.2.1"), parameters), .bits(point)).bytes
    }

    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        var digits = hexadecimal[...]
        var bytes: [UInt8] = []
        while !digits.isEmpty {
            bytes.append(UInt8(digits.prefix(2), radix: 16)!)
            digits = digits.dropFirst(2)
        }
        return bytes
    }
}
