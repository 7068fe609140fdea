import Certificates
import Foundation
import LibCrypto
import MiniPKI
import NumberPlan
import Testing

@Suite struct AuthorityTests {
    static let now = MiniPKI.now

    private func created(in folder: String) throws -> Authority {
        try Authority.create(
            at: folder + "/ca", root: .testing(.root), intermediate: .testing(.intermediate), at: Self.now)
    }

    private func holder(_ code: String) throws -> Holder {
        Holder(name: code, tnAuthList: try TNAuthList([.spc(code)]))
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func `keys are their owner's alone, and nothing is written over`() throws {
        let folder = try TemporaryFolder()
        let authority = try created(in: folder.path)
        for file in [Authority.File.rootKey, Authority.File.intermediateKey] {
            #expect(try mode(authority.folder + "/" + file) == 0o600)
        }
        #expect(try mode(authority.folder) == 0o700)
        let before = try IssuedFile.read(authority.folder + "/root.key")
        #expect(throws: FileFault.self) { try created(in: folder.path) }
        #expect(try IssuedFile.read(authority.folder + "/root.key") == before)
        #expect(try Authority(at: authority.folder).root.certificate == authority.root.certificate)
        let left = try FileManager.default.contentsOfDirectory(atPath: authority.folder)
        #expect(Set(left) == ["root.key", "root.pem", "intermediate.key", "intermediate.pem", "issued.jsonl"])
    }

    @Test func `a folder without an authority says how to make one`() {
        let fault = #expect(throws: AuthorityFault.noAuthority("/nowhere")) { try Authority(at: "/nowhere") }
        #expect(fault?.description.contains("countersign ca init") == true)
    }

    @Test func `what it delivers is a credential, once`() throws {
        let folder = try TemporaryFolder()
        let authority = try created(in: folder.path), output = folder.path + "/709J"
        let made = try authority.issue(to: holder("709J"), .testing(.endEntity), into: output, at: Self.now)
        let credential = try Credential(
            keyFile: made.keyFile, chainFile: made.chainFile, url: CertificateURL("https://cr.example.com/a.pem"))
        #expect(credential.chain == [made.certificate, authority.intermediate.certificate])
        #expect(try mode(made.keyFile) == 0o600)
        #expect(throws: FileFault.exists(made.keyFile)) {
            try authority.issue(to: holder("709J"), .testing(.endEntity), into: output, at: Self.now)
        }
    }

    @Test func `a request is granted to its own key, under the CA's subject, once`() throws {
        let folder = try TemporaryFolder()
        let authority = try created(in: folder.path), output = folder.path + "/chain.pem"
        let key = try SigningKey.generate()
        let request = try CertificationRequest(
            for: Holder(name: "x"),
            subject: DistinguishedName(country: "DE", organization: "Somebody", commonName: "SHAKEN ROOT"), by: key)
        let made = try authority.grant(request, to: holder("709J"), .testing(.endEntity), into: output, at: Self.now)
        let pem = try IssuedFile.read(output)
        let chain = try Certificate.all(inPEM: pem.span, atMost: 3)
        let credential = try Credential(key: key, chain: chain, url: CertificateURL("https://cr.example.com/a.pem"))
        #expect(credential.chain == [made.certificate, authority.intermediate.certificate])
        #expect(made.certificate.subjectText == "CN=SHAKEN 709J TEST,O=709J,C=US")
        try authority.revoke(made.certificate.serialNumber, .superseded, at: Self.now)
        #expect(throws: FileFault.exists(output)) {
            try authority.grant(request, to: holder("709J"), .testing(.endEntity), into: output, at: Self.now)
        }
    }

    @Test func `a key that was compromised, or is of another use, gets no certificate`() throws {
        let folder = try TemporaryFolder()
        let authority = try created(in: folder.path), key = try SigningKey.generate(), holder = try holder("709J")
        func request(_ key: SigningKey) throws -> CertificationRequest {
            let subject = DistinguishedName(country: "US", organization: "x", commonName: "x")
            return try CertificationRequest(for: Holder(name: "x"), subject: subject, by: key)
        }
        func grant(_ key: SigningKey, _ kind: CertificateProfile.Kind, _ name: String) throws -> String {
            let file = folder.path + "/" + name
            return try authority.grant(request(key), to: holder, .testing(kind), into: file, at: Self.now).certificate
                .serialNumber
        }
        let first = try grant(key, .endEntity, "1.pem")
        #expect(throws: AuthorityFault.keyOfOtherUse(first)) { try grant(key, .delegateAuthority, "2.pem") }
        let intermediateKey = try IssuedFile.readKey(authority.folder + "/" + Authority.File.intermediateKey)
        #expect(throws: AuthorityFault.keyOfOtherUse(authority.intermediate.certificate.serialNumber)) {
            try grant(intermediateKey, .endEntity, "3.pem")
        }
        try authority.revoke(first, .superseded, at: Self.now)
        let second = try grant(key, .endEntity, "4.pem")
        try authority.revoke(second, .keyCompromise, at: Self.now)
        #expect(throws: AuthorityFault.compromisedKey(second)) { try grant(key, .endEntity, "5.pem") }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/5.pem"))
    }

    @Test func `revoked is revoked, in a direct list and in an indirect one`() throws {
        let folder = try TemporaryFolder()
        let authority = try created(in: folder.path), path = folder.path
        let bad = try authority.issue(to: holder("709J"), .testing(.endEntity), into: path + "/bad", at: Self.now)
        let good = try authority.issue(to: holder("1234"), .testing(.endEntity), into: path + "/good", at: Self.now)
        try authority.revoke(bad.certificate.serialNumber, .keyCompromise, at: Self.now)
        for indirect in [false, true] {
            let pem = Array(
                try authority.revocationList(
                    indirect: indirect, url: "https://crl.example.com/", validFor: 3_600, at: Self.now
                ).pem.utf8)
            let list = try #require(try RevocationList.all(inPEM: pem.span, atMost: 1).first)
            #expect(list.revokes(bad.certificate) && !list.revokes(good.certificate))
            #expect(list.isSigned(by: (indirect ? authority.root : authority.intermediate).certificate))
            #expect(list.number == (indirect ? "02" : "01"))
            #expect(list.nextUpdate == Self.now + 3_600)
            let trust = TrustSnapshot(anchors: [authority.root.certificate], revocationLists: [list], epoch: 1)
            #expect(throws: CertificateFault.revoked(0)) {
                try trust.validate(IssuedFile.read(bad.chainFile), at: Self.now)
            }
            #expect(throws: Never.self) { try trust.validate(IssuedFile.read(good.chainFile), at: Self.now) }
        }
    }

    /// RFC 7468 §2, §10.
    @Test(arguments: [1, 47, 48, 49, 96, 97, 1_000]) func `a list in PEM is of lines of 64`(count: Int) throws {
        let der = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let lines = UnsignedRevocationList.pem(der).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first == "-----BEGIN X509 CRL-----")
        #expect(lines.suffix(2) == ["-----END X509 CRL-----", ""])
        let base64 = lines.dropFirst().dropLast(2)
        #expect(base64.dropLast().allSatisfy { $0.count == 64 })
        #expect(try (1...64).contains(#require(base64.last).count))
        #expect(Data(base64Encoded: base64.joined()) == Data(der))
    }

    @Test func `what another issued is not in the intermediate's own list, and its end is that of all below`() throws {
        let folder = try TemporaryFolder()
        let authority = try created(in: folder.path), path = folder.path
        let ca = try authority.issue(
            to: holder("709J"), .testing(.delegateAuthority), into: path + "/ca", at: Self.now)
        let issuer = try authority.delegateAuthority(in: path + "/ca")
        let made = try authority.issue(
            to: holder("709J"), .testing(.delegate), by: issuer, into: path + "/customer", at: Self.now)
        #expect(try authority.revoke(made.certificate.serialNumber, .superseded, at: Self.now) == false)
        for (indirect, unnamed) in [(false, [made.certificate.serialNumber]), (true, [])] {
            let list = try authority.revocationList(indirect: indirect, url: nil, validFor: 3_600, at: Self.now)
            #expect(list.unnamed == unnamed)
        }

        #expect(try authority.revoke(ca.certificate.serialNumber, .superseded, at: Self.now))
        let fault = AuthorityFault.revokedIssuer(ca.certificate.serialNumber)
        #expect(throws: fault) {
            try authority.issue(
                to: holder("709J"), .testing(.delegate), by: issuer, into: path + "/other", at: Self.now)
        }
        #expect(throws: fault) {
            try authority.certify(
                SigningKey.generate().verifyingKey, of: holder("709J"), .testing(.delegate), by: issuer, at: Self.now)
        }
        #expect(!FileManager.default.fileExists(atPath: path + "/other"))
    }

    /// As after a crash in the middle of it.
    @Test func `what is left of an authority that was not made says what to do`() throws {
        let folder = try TemporaryFolder()
        let authority = try created(in: folder.path), place = authority.folder
        try FileManager.default.removeItem(atPath: place + "/" + Authority.File.root)
        let fault = #expect(throws: AuthorityFault.remains(place)) { try Authority(at: place) }
        #expect(throws: AuthorityFault.remains(place)) { try created(in: folder.path) }
        #expect(fault?.description.contains("remove \(place) and begin again") == true)
        try FileManager.default.removeItem(atPath: place)
        #expect(throws: Never.self) { try created(in: folder.path) }
    }

    @Test func `a policy administrator has the key of its certificate`() throws {
        let folder = try TemporaryFolder()
        _ = try PolicyAdministrator(in: folder.path, at: Self.now)
        let key = folder.path + "/" + PolicyAdministrator.File.key
        try FileManager.default.removeItem(atPath: key)
        try IssuedFile.create(key, SigningKey.generate())
        #expect(throws: IssuingFault.keyMismatch("CN=STI-PA TEST,O=Test STI,C=US")) {
            try PolicyAdministrator(in: folder.path, at: Self.now)
        }
    }

    /// CHN-15: thisUpdate ≤ now, by the clock of whoever verifies.
    @Test func `a list counts where the clock lags, and by its number after one of the same time`() throws {
        let folder = try TemporaryFolder()
        let authority = try created(in: folder.path)
        func list(at time: Int) throws -> RevocationList {
            let pem = try authority.revocationList(indirect: true, url: nil, validFor: 3_600, at: time).pem
            return try #require(try RevocationList.all(inPEM: pem.utf8.span, atMost: 1).first)
        }
        let made = try authority.issue(to: holder("709J"), .testing(.endEntity), into: folder.path + "/a", at: Self.now)
        let first = try list(at: Self.now), lag = UnsignedRevocationList.backdating
        var settings = TrustSettings()
        settings.revocation = .hard
        let trust = TrustSnapshot(
            anchors: [authority.root.certificate], revocationLists: [first], settings: settings, epoch: 1)
        #expect(throws: Never.self) { try trust.validate(IssuedFile.read(made.chainFile), at: Self.now - lag) }
        #expect(throws: CertificateFault.revocationUnknown(0)) {
            try trust.validate(IssuedFile.read(made.chainFile), at: Self.now - lag - 1)
        }
        // In the same second, and after the clock was set back.
        for time in [Self.now, Self.now - 60] {
            let next = try list(at: time)
            #expect(trust.supersedes(first, at: Self.now) == false && next.thisUpdate <= first.thisUpdate)
            let (after, refused) = trust.replacingRevocationLists(with: [next], epoch: 2, at: Self.now)
            #expect(refused == [] && after.revocation.lists.map(\.number) == [next.number])
            #expect(after.supersedes(first, at: Self.now))
        }
    }

    @Test func `only what was issued is revoked, and once`() throws {
        let folder = try TemporaryFolder()
        let authority = try created(in: folder.path)
        #expect(throws: AuthorityFault.neverIssued("AB12")) { try authority.revoke("ab:12", .superseded, at: Self.now) }
        let serial = authority.intermediate.certificate.serialNumber
        try authority.revoke(serial.lowercased(), .superseded, at: Self.now)
        #expect(throws: AuthorityFault.revokedBefore(serial)) {
            try authority.revoke(serial, .superseded, at: Self.now)
        }
    }

    /// A crash in the middle of a line: what it told of had not left.
    @Test func `a torn last line of the log is as if it were not there`() throws {
        let folder = try TemporaryFolder()
        let authority = try created(in: folder.path), log = authority.folder + "/issued.jsonl"
        let file = try #require(FileHandle(forUpdatingAtPath: log))
        try file.seekToEnd()
        try file.write(contentsOf: Data(#"{"issued":{"at":17"#.utf8))
        try file.close()
        let made = try authority.issue(to: holder("709J"), .testing(.endEntity), into: folder.path + "/a", at: Self.now)
        try authority.revoke(made.certificate.serialNumber, .superseded, at: Self.now)
        #expect(String(decoding: try IssuedFile.read(log), as: UTF8.self).split(separator: "\n").count == 4)
    }
}
