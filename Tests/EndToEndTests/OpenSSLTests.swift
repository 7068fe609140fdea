import Certificates
import Foundation
import LibCrypto
import MiniPKI
import NumberPlan
import Testing

/// What OpenSSL's own tool makes of what we issue.
@Suite(.serialized, .timeLimit(.minutes(5))) final class OpenSSLTests {
    static let now = MiniPKI.now

    private let folder = NSTemporaryDirectory() + "countersign-openssl-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func openssl(_ arguments: String...) async throws -> (status: Int32, output: String) {
        try await Program.run("/usr/bin/env", ["openssl"] + arguments, in: folder)
    }

    private static func list(_ entries: TNAuthList.Entry...) throws -> TNAuthList { try TNAuthList(entries) }

    private func verify(_ chainFile: String, below authority: Authority) async throws -> (status: Int32, output: String)
    {
        // The same file gives the certificate to judge, its first, and the issuers to try.
        try await openssl(
            "verify", "-x509_strict", "-check_ss_sig", "-attime", "\(Self.now)", "-CAfile",
            authority.folder + "/root.pem",
            "-untrusted", chainFile, chainFile)
    }

    @Test func `openssl verify accepts the chain of every profile`() async throws {
        let path = folder, digits = try #require(Digits("95588"))
        let authority = try Authority.create(
            at: path + "/ca", root: .testing(.root), intermediate: .testing(.intermediate), at: Self.now)
        let carrier = try authority.issue(
            to: Holder(name: "709J", tnAuthList: Self.list(.spc("709J"))), .testing(.endEntity),
            into: path + "/carrier", at: Self.now)
        let delegator = try authority.issue(
            to: Holder(name: "709J", tnAuthList: Self.list(.spc("709J"), .one(digits))), .testing(.delegateAuthority),
            into: path + "/delegator", at: Self.now)
        let customer = try authority.issue(
            to: Holder(
                name: "bank", tnAuthList: Self.list(.one(digits)),
                constraints: ClaimConstraints(mustExclude: ["attest"])),
            .testing(.delegate), by: authority.delegateAuthority(in: path + "/delegator"), into: path + "/customer",
            at: Self.now)
        let files = [carrier, delegator, customer].map(\.chainFile)
        for file in files + [authority.folder + "/intermediate.pem", authority.folder + "/root.pem"] {
            let (status, output) = try await verify(file, below: authority)
            #expect(status == 0, "\(output)")
        }
        let stranger = try Authority.create(
            at: path + "/other", root: .testing(.root), intermediate: .testing(.intermediate), at: Self.now)
        #expect(try await verify(carrier.chainFile, below: stranger).status != 0)
    }

    /// The bytes as RFC 8226's module, with its explicit tags, has them.
    @Test(arguments: [
        ("spc:1234", "3008A006160431323334"), ("spc:709J", "3008A00616043730394A"),
        ("one:12155551212", "300FA20D160B3132313535353531323132"),
        ("range:12125551000", "3015A1133011160B3132313235353531303030020203E8"),
    ])
    func `openssl asn1parse shows the TNAuthList`(scope: String, bytes: String) async throws {
        let parts = scope.split(separator: ":").map(String.init)
        let key = try SigningKey.generate(), rootKey = try SigningKey.generate()
        let root = try CertificateProfile.testing(.root).selfSigned(by: rootKey, at: Self.now)
        let entry: TNAuthList.Entry =
            switch parts[0] {
            case "spc": .spc(parts[1])
            case "one": .one(try #require(Digits(parts[1])))
            default: .range(start: try #require(Digits(parts[1])), count: 1_000)
            }
        let holder = Holder(name: "x", tnAuthList: try TNAuthList([entry]))
        let issuance = try CertificateProfile.testing(.delegateAuthority).issue(
            to: holder, key: key.verifyingKey, by: Issuer(key: rootKey, path: [root]), at: Self.now)
        let file = folder + "/certificate.pem"
        try IssuedFile.create(file, issuance.certificate.pem)
        let (status, output) = try await openssl("asn1parse", "-in", file)
        #expect(status == 0)
        #expect(output.contains("1.3.6.1.5.5.7.1.26"))
        #expect(output.contains("[HEX DUMP]:\(bytes)\n"))
    }

    @Test func `openssl req accepts our request and shows its TNAuthList`() async throws {
        let file = folder + "/request.pem"
        let request = try CertificationRequest(
            for: Holder(name: "709J", tnAuthList: Self.list(.spc("709J"))),
            subject: DistinguishedName(country: "US", organization: "Carrier", commonName: "SHAKEN 709J"),
            by: .generate())
        try IssuedFile.create(file, request.pem)
        let (status, output) = try await openssl("req", "-in", file, "-verify", "-noout", "-text")
        #expect(status == 0)
        #expect(output.contains("verify OK"))
        #expect(output.contains("1.3.6.1.5.5.7.1.26"))
        #expect(try await openssl("asn1parse", "-in", file).output.contains("[HEX DUMP]:3008A00616043730394A"))
    }

    @Test func `what openssl req writes is read`() async throws {
        let key = folder + "/key.pem", file = folder + "/request.pem"
        try IssuedFile.create(key, SigningKey.generate())
        let made = try await openssl(
            "req", "-new", "-key", key, "-sha256", "-subj", "/C=US/O=Carrier/CN=SHAKEN 709J", "-addext",
            "1.3.6.1.5.5.7.1.26=DER:3008A00616043730394A", "-addext", "basicConstraints=CA:TRUE", "-out", file)
        #expect(made.status == 0, "\(made.output)")
        let request = try CertificationRequest(pemOrDER: IssuedFile.read(file))
        #expect(request.tnAuthList == (try Self.list(.spc("709J"))))
    }
}
