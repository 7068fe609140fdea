import Certificates
import LibCrypto
import MiniPKI
import Testing

@Suite struct `A changed chain` {
    static let pki: MiniPKI = ChainCase.pki

    @Test func `any one bit of the signer's certificate changed is refused`() {
        let trust = TrustSnapshot(anchors: Self.pki.anchors, epoch: 1)
        let der = Self.pki.leaf(.spc("709J"), by: Self.pki.root).certificate.der
        #expect(throws: Never.self) { try trust.validate(der, at: Self.pki.now) }
        var random = SeededGenerator(seed: 5280), accepted: [Int] = []
        for index in der.indices {
            var changed = der
            changed[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            if (try? trust.validate(changed, at: Self.pki.now)) != nil { accepted.append(index) }
        }
        #expect(accepted == [])
    }

    @Test func `any one byte of the PEM changed is refused or makes the same certificates`() {
        let trust = TrustSnapshot(anchors: Self.pki.anchors, epoch: 1)
        let leaf = Self.pki.leaf(.spc("709J")), body = leaf.pem
        var random = SeededGenerator(seed: 7468), wrong: [Int] = []
        for index in stride(from: 0, to: body.count, by: 3) {
            var changed = body
            changed[index] = UInt8.random(in: .min ... .max, using: &random)
            let chain = try? trust.validate(changed, at: Self.pki.now)
            if let chain, chain.certificates.first != leaf.certificate { wrong.append(index) }
        }
        #expect(wrong == [])
    }

    @Test func `any one bit of a list changed makes it nobody's or no list`() {
        let pem = Self.pki.revocationList(of: Self.pki.leaf(.spc("1")))
        let list = try! RevocationList.all(inPEM: pem.span, atMost: 1)[0], der = list.der
        #expect(list.isSigned(by: Self.pki.provider.certificate))
        var random = SeededGenerator(seed: 5281), accepted: [Int] = []
        for index in der.indices {
            var changed = der
            changed[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            guard let read = try? RevocationList(der: changed.span) else { continue }
            if read.isSigned(by: Self.pki.provider.certificate) { accepted.append(index) }
        }
        #expect(accepted == [])
    }

    @Test func `a chain cut anywhere is refused`() {
        let trust = TrustSnapshot(anchors: Self.pki.anchors, epoch: 1)
        let body = Self.pki.leaf(.spc("709J")).pem
        for count in stride(from: 0, to: body.count - 1, by: 7) {
            #expect(throws: CertificateFault.self) { try trust.validate(Array(body.prefix(count)), at: Self.pki.now) }
        }
    }
}
