import ACME
import Certificates
import Crypto
import Foundation
import LibCrypto
import SwiftASN1
import Testing
import TokenCA
import X509

/// What the CA makes of the request for a certificate itself.
@Suite(.timeLimit(.minutes(5))) struct `A finalized request` {
    /// Made by another library, with the CA mark or without it.
    private func request(isForAuthority: Bool) throws -> CertificationRequest {
        let list = try TNAuthList([.spc("709J")]).der
        let request = try CertificateSigningRequest(
            version: .v1, subject: X509.DistinguishedName { CommonName("a carrier") },
            privateKey: .init(P256.Signing.PrivateKey()),
            attributes: .init([
                .init(
                    ExtensionRequest(
                        extensions: .init {
                            isForAuthority
                                ? BasicConstraints.isCertificateAuthority(maxPathLength: nil)
                                : BasicConstraints.notCertificateAuthority
                            X509.Certificate.Extension(
                                oid: [1, 3, 6, 1, 5, 5, 7, 1, 26], critical: false, value: list[...])
                        }))
            ]), signatureAlgorithm: .ecdsaWithSHA256)
        var serializer = DER.Serializer()
        try serializer.serialize(request)
        return try CertificationRequest(der: serializer.serializedBytes)
    }

    /// ACM-09, and ACM-05, step 9.
    @Test(arguments: [false, true], [false, true])
    func `is for a CA if the token is, and only then`(request: Bool, token: Bool) async throws {
        let carrier = try Carrier(), ca = try TokenCA({ _ in })
        let wish = try self.request(isForAuthority: request)
        guard request != token else {
            let issued = try await carrier.chain(wish, isForAuthority: token, of: ca)
            #expect(issued.certificates[0].isAuthority == token)
            return
        }
        let fault = await #expect(throws: ACMEFault.self) {
            try await carrier.chain(wish, isForAuthority: token, of: ca)
        }
        #expect(fault?.problem == Problem(type: "badCSR", detail: TokenStep.authorityBit.detail))
    }

    /// ACM-11: the client orders what the request has, so an order for another list is made by the answer's change.
    @Test func `is for the list that was ordered`() async throws {
        let other = "MAigBhYEMTIzNA"
        let ca = try TokenCA({ $0.orderedValue = other })
        let carrier = try Carrier()
        let fault = await #expect(throws: ACMEFault.self) { try await carrier.chain(carrier.request("709J"), of: ca) }
        #expect(fault?.problem == Problem(type: "badCSR", detail: "another TNAuthList"))
    }
}

extension ACMEFault {
    var problem: Problem? {
        guard case .problem(_, let problem) = self else { return nil }
        return problem
    }
}
