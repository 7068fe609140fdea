internal import Certificates
internal import Crypto
internal import Foundation
internal import LibCrypto
internal import SwiftASN1
internal import X509

/// What a certification request asks for, read by a library of its own.
struct SubjectWish {
    let publicKey: [UInt8]
    /// DER.
    let tnAuthList: Data?
    let isForAuthority: Bool

    init(_ text: String) throws {
        guard let der = Data(base64URL: text), let request = try? CertificateSigningRequest(derEncoded: Array(der)),
            request.publicKey.isValidSignature(request.signature, for: request),
            let key = P256.Signing.PublicKey(request.publicKey)
        else { throw Refusal("badCSR", "neither sound nor for P-256", status: 400) }
        let extensions = try request.attributes.extensionRequest?.extensions
        publicKey = Array(key.derRepresentation)
        tnAuthList = extensions?[oid: [1, 3, 6, 1, 5, 5, 7, 1, 26]].map { Data($0.value) }
        isForAuthority =
            switch try extensions?.basicConstraints {
            case .isCertificateAuthority: true
            case .notCertificateAuthority, nil: false
            }
    }
}

/// A root, a CA that issues to carriers, and a carrier that is a CA for its own customers (RFC 9060).
struct Issuing: Sendable {
    let root: LibCrypto.Certificate
    private let intermediate: Issuer

    init(at now: Int) throws {
        let rootKey = try SigningKey.generate(), key = try SigningKey.generate()
        let profile = CertificateProfile.testing(.intermediate)
        root = try CertificateProfile.testing(.root).selfSigned(by: rootKey, at: now)
        let certificate = try profile.issue(
            to: Holder(name: profile.organization), key: key.verifyingKey, by: Issuer(key: rootKey, path: [root]),
            at: now
        ).certificate
        intermediate = try Issuer(key: key, path: [certificate, root])
    }

    func chain(for wish: SubjectWish, at now: Int) throws -> String {
        let list = try TNAuthList(der: Array(wish.tnAuthList ?? Data()))
        let holder = Holder(name: list.serviceProviderCodes.first ?? "a carrier", tnAuthList: list)
        let key = try VerifyingKey(subjectPublicKeyInfo: wish.publicKey.span)
        let profile = CertificateProfile.testing(wish.isForAuthority ? .delegateAuthority : .endEntity)
        return intermediate.chain(below: try profile.issue(to: holder, key: key, by: intermediate, at: now).certificate)
    }
}
