import Certificates
import NumberPlan
import Testing

@Suite struct `A published sample of chains` {
    let chains = try! SampleChains()
    var trust: TrustSnapshot { TrustSnapshot(anchors: [chains.anchor], epoch: 7) }

    @Test func `a service provider's chain holds`() throws {
        let chain = try trust.validate(chains.body("valid-attest-A"), at: SampleChains.now)
        #expect(chain.serviceProviderCode == "709J")
        #expect(chain.path.map(\.entries) == [[.spc("709J")]])
        #expect(chain.trustEpoch == 7)
        #expect(chain.notes == ["crl missing"])
        #expect(chain.expires == chain.notAfter)
        #expect(chain.serial == "3C58C973BE218F2D48D720E7E74E8E03C0D1AAEF")
        #expect(chain.certificateID.count == 64)
        #expect(chain.holds(at: SampleChains.now))
        #expect(!chain.isDelegate)
    }

    @Test func `a range covers its numbers and no other`() throws {
        let covering = try trust.validate(chains.body("crt-range-covers"), at: SampleChains.now)
        let beside = try trust.validate(chains.body("crt-range-edge-out"), at: SampleChains.now)
        let number = try #require(Digits("12155551212"))
        #expect(covering.path[0].covers(number))
        #expect(!beside.path[0].covers(number))
        #expect(covering.serviceProviderCode == nil)
    }

    @Test func `what has expired is refused`() throws {
        #expect(throws: CertificateFault.expired(0)) {
            try trust.validate(chains.body("crt-expired"), at: SampleChains.now)
        }
    }

    @Test func `a delegate outside its parent's numbers is refused`() throws {
        #expect(throws: CertificateFault.outsideIssuersScope(0)) {
            try trust.validate(chains.body("crt-delegate-escape"), at: SampleChains.now)
        }
    }

    @Test func `without its anchor nothing holds`() throws {
        #expect(throws: CertificateFault.untrusted) {
            try TrustSnapshot(anchors: [], epoch: 0).validate(chains.body("valid-attest-A"), at: SampleChains.now)
        }
    }
}
