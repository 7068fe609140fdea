import Certificates
import Foundation
import LibCrypto
import MiniPKI
import Testing

@Suite struct CredentialTests {
    let pki = MiniPKI()
    let url = try! CertificateURL("https://cr.example.com/709J/cert.pem")

    @Test func `a key and its own chain are a credential`() throws {
        let leaf = pki.leaf(.spc("709J"))
        let credential = try Credential(key: leaf.key, chain: leaf.chain, url: url)
        #expect(credential.tnAuthList.serviceProviderCodes == ["709J"])
        #expect(credential.isValid(at: leaf.certificate.notBefore) && credential.isValid(at: leaf.certificate.notAfter))
        #expect(!credential.isValid(at: leaf.certificate.notBefore - 1))
        #expect(!credential.isValid(at: leaf.certificate.notAfter + 1))
    }

    @Test func `another key is refused`() throws {
        let leaf = pki.leaf(.spc("709J"))
        #expect(throws: CredentialFault.mismatch(leaf.certificate.subjectText)) {
            try Credential(key: .generate(), chain: leaf.chain, url: url)
        }
        #expect(throws: CredentialFault.noCertificate) { try Credential(key: leaf.key, chain: [], url: url) }
    }

    @Test func `a leaf that cannot speak for a caller is refused`() throws {
        let nobody = pki.leaf(), authority = pki.authority(.spc("709J"))
        #expect(throws: CredentialFault.certificate(.noTNAuthList)) {
            try Credential(key: nobody.key, chain: nobody.chain, url: url)
        }
        #expect(throws: CredentialFault.certificate(.signerIsAuthority)) {
            try Credential(key: authority.key, chain: authority.chain, url: url)
        }
        let unfit = pki.leaf(.spc("709J")) { $0.key = .explicitParameters }
        #expect(throws: CredentialFault.self) { try Credential(key: unfit.key, chain: unfit.chain, url: url) }
    }

    @Test(arguments: [0o600, 0o400]) func `a key file for its owner alone is read`(mode: Int) throws {
        let folder = try TemporaryFolder(), leaf = pki.leaf(.spc("709J"))
        let (key, chain) = try files(leaf, in: folder.path, mode)
        let credential = try Credential(keyFile: key, chainFile: chain, url: url)
        #expect(try credential.key.verifyingKey.point == leaf.key.verifyingKey.point)
        #expect(credential.chain.count == 2)
    }

    @Test(arguments: [0o640, 0o604, 0o620, 0o601]) func `a key file open to others is refused`(mode: Int) throws {
        let folder = try TemporaryFolder(), leaf = pki.leaf(.spc("709J"))
        let (key, chain) = try files(leaf, in: folder.path, mode)
        let fault = #expect(throws: CredentialFault.file(.openToOthers(key))) {
            try Credential(keyFile: key, chainFile: chain, url: url)
        }
        #expect(fault?.description.hasSuffix("chmod 600 \(key)") == true)
    }

    @Test func `files that are missing or hold something else are named`() throws {
        let folder = try TemporaryFolder(), leaf = pki.leaf(.spc("709J"))
        let (key, chain) = try files(leaf, in: folder.path, 0o600)
        for (keyFile, chainFile, path) in [
            ("/nowhere", chain, "/nowhere"), (key, "/nowhere", "/nowhere"), (key, key, key),
        ] {
            let fault = #expect(throws: CredentialFault.self) {
                try Credential(keyFile: keyFile, chainFile: chainFile, url: url)
            }
            #expect(fault?.description.contains(path) == true || fault == .noCertificate)
        }
    }

    private func files(_ leaf: MiniPKI.Party, in folder: String, _ mode: Int) throws -> (String, String) {
        let (key, chain) = (folder + "/key.pem", folder + "/chain.pem")
        try Data(leaf.key.pem()).write(to: URL(fileURLWithPath: key))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: key)
        try Data(leaf.pem).write(to: URL(fileURLWithPath: chain))
        return (key, chain)
    }
}
