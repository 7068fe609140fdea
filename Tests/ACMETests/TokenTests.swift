import ACME
import Certificates
import Foundation
import LibCrypto
import MiniPKI
import Testing
import TokenCA

/// What a CA takes for the word of a token authority (RFC 9448 §6), and that the client tells which part it did not take.
@Suite(.timeLimit(.minutes(5))) struct `An authority token` {
    private func step(_ step: TokenStep) -> ACMEFault {
        .unauthorised(Problem(type: "unauthorized", detail: step.detail))
    }

    private func refuse(
        _ step: TokenStep, _ alter: @escaping @Sendable (inout TokenDesk.Recipe) -> Void,
        location: SourceLocation = #_sourceLocation
    ) async throws {
        let ca = try TokenCA(altering: alter), carrier = try Carrier()
        await #expect(throws: self.step(step), sourceLocation: location) {
            try await carrier.chain(carrier.request("709J"), of: ca)
        }
    }

    /// ACM-03 and ACM-04.
    @Test(arguments: ["atc", "tktype", "tkvalue", "fingerprint", "jti", "exp"])
    func `lacks no claim`(claim: String) async throws {
        try await refuse(claim == "jti" || claim == "exp" ? .claims : .atc) { recipe in
            switch claim {
            case "atc": recipe.claims.atc = nil
            case "tktype": recipe.claims.atc?.tktype = nil
            case "tkvalue": recipe.claims.atc?.tkvalue = nil
            case "fingerprint": recipe.claims.atc?.fingerprint = nil
            case "jti": recipe.claims.jti = nil
            default: recipe.claims.exp = nil
            }
        }
    }

    /// ACM-03, ACM-04: both have a meaning when they are absent.
    @Test func `may lack its issuer and the CA's mark`() async throws {
        let carrier = try Carrier()
        let ca = try TokenCA(altering: {
            $0.claims.iss = nil
            $0.claims.atc?.ca = nil
        })
        #expect(try await carrier.chain(carrier.request("709J"), of: ca).certificates.count == 2)
    }

    /// ACM-05, step 2, and ACM-06.
    @Test func `names its signer's certificate at https, where there is one`() async throws {
        try await refuse(.x5u) { $0.x5u = "https://authority.example.com/none.pem" }
        let authorities = MiniPKI(now: TokenCA.now), signer = authorities.leaf()
        let ca = try TokenCA(
            {
                $0.alterToken = { recipe in
                    recipe.x5u = "http://authority.example.com/cert.pem"
                    recipe.key = signer.key
                }
            },
            policy: {
                $0.anchors = authorities.anchors
                $0.published["http://authority.example.com/cert.pem"] = signer.chain
            })
        let carrier = try Carrier()
        await #expect(throws: step(.x5u)) { try await carrier.chain(carrier.request("709J"), of: ca) }
    }

    /// ACM-06.
    @Test func `signed by a holder of an STI certificate counts for nothing`() async throws {
        let carriers = MiniPKI(now: TokenCA.now), holder = carriers.leaf(.spc("709J"))
        let ca = try TokenCA(
            {
                $0.alterToken = { recipe in
                    recipe.x5u = holder.x5u
                    recipe.key = holder.key
                }
            }, policy: { $0.published[holder.x5u] = holder.chain })
        let carrier = try Carrier()
        await #expect(throws: step(.x5u)) { try await carrier.chain(carrier.request("709J"), of: ca) }
    }

    /// ACM-05, step 3.
    @Test func `may bring its signer's certificate along, if that is a trusted one`() async throws {
        let carrier = try Carrier(), authorities = MiniPKI(now: TokenCA.now), stranger = MiniPKI(now: TokenCA.now)
        for (party, isTrusted) in [
            (authorities.leaf(by: authorities.root), true), (stranger.leaf(by: stranger.root), false),
        ] {
            let ca = try TokenCA(
                {
                    $0.alterToken = { recipe in
                        recipe.x5u = nil
                        recipe.x5c = party.chain
                        recipe.key = party.key
                    }
                }, policy: { $0.anchors = authorities.anchors })
            if isTrusted {
                #expect(try await carrier.chain(carrier.request("709J"), of: ca).certificates.count == 2)
            } else {
                await #expect(throws: step(.x5c)) { try await carrier.chain(carrier.request("709J"), of: ca) }
            }
        }
        try await refuse(.x5c) { $0.x5u = nil }
    }

    /// ACM-05, step 4.
    @Test func `is signed by the key of that certificate`() async throws {
        let other = try SigningKey.generate()
        try await refuse(.signature) { $0.key = other }
    }

    /// ACM-05, step 5, and ACM-04's spelling.
    @Test func `is of the type that was agreed on`() async throws {
        try await refuse(.tokenType) { $0.claims.atc?.tktype = "SPC" }
        var carrier = try Carrier()
        carrier.dialect.tokenType = .tnAuthlist
        await #expect(throws: step(.tokenType)) {
            try await carrier.chain(carrier.request("709J"), of: TokenCA({ _ in }))
        }
        let tolerant = try TokenCA({ _ in }, policy: { $0.tokenTypes.insert("TnAuthList") })
        #expect(try await carrier.chain(carrier.request("709J"), of: tolerant).certificates.count == 2)
    }

    /// ACM-05, step 6, ACM-07 and ACM-01.
    @Test func `is for the very TNAuthList that was ordered`() async throws {
        let superset = try TNAuthList([.spc("709J"), .spc("1234")]).der, other = try TNAuthList([.spc("1234")]).der
        let own = try TNAuthList([.spc("709J")]).der
        for der in [superset, other] {
            try await refuse(.tokenValue) { $0.claims.atc?.tkvalue = base64(der, padded: false) }
        }
        try await refuse(.tokenValue) { $0.claims.atc?.tkvalue = base64(own, padded: true) }
    }

    /// ACM-05, step 7.
    @Test func `is not taken from its end on`() async throws {
        try await refuse(.claims) { $0.claims.exp = TokenCA.now }
    }

    /// ACM-10.
    @Test func `is good once`() async throws {
        let ca = try TokenCA(altering: { $0.claims.jti = "id6098364921" }), carrier = try Carrier()
        let request = try carrier.request("709J")
        #expect(try await carrier.chain(request, of: ca).certificates.count == 2)
        await #expect(throws: ACMEFault.unauthorised(Problem(type: "unauthorized", detail: "jti used before"))) {
            try await carrier.chain(request, of: ca)
        }
    }

    /// ACM-05, step 8, and ACM-08: each form where it is expected, and not where it is not.
    @Test(arguments: ACMEDialect.Fingerprint.allCases, [false, true])
    func `is for the account's key, by the hash that was agreed on`(
        form: ACMEDialect.Fingerprint, isTolerant: Bool
    ) async throws {
        let ca = try TokenCA({ _ in }, policy: { $0.takesPublicKeyFingerprints = isTolerant })
        var carrier = try Carrier()
        carrier.dialect.fingerprint = form
        if form == .thumbprint || isTolerant {
            #expect(try await carrier.chain(carrier.request("709J"), of: ca).certificates.count == 2)
        } else {
            await #expect(throws: step(.fingerprint)) { try await carrier.chain(carrier.request("709J"), of: ca) }
        }
    }

    @Test func `for another account's key is refused`() async throws {
        let other = try SigningKey.generate().verifyingKey.fingerprint(.thumbprint)
        try await refuse(.fingerprint) { $0.claims.atc?.fingerprint = other }
    }

    /// ACM-08, `fingerprint_sample`.
    @Test func `names a key by one of two hashes`() throws {
        let key = try VerifyingKey(
            pem: """
                -----BEGIN PUBLIC KEY-----
                MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmzGM1VsO+3IqbMF54rQMaYKQftO4
                hUYm9wv5wutLgEd9FsiTy3+4+Wa2O7pffOXPC0QzO+yD8hGEXGP/2mZo6w==
                -----END PUBLIC KEY-----
                """)
        #expect(
            key.fingerprint(.thumbprint)
                == "SHA256 D8:07:6B:83:8D:4E:9A:69:55:DC:37:DE:72:67:15:4D:51:40:3D:87:2C:66:73:51:EB:61:D8:85:64:59:27:C6"
        )
        #expect(
            key.fingerprint(.publicKey)
                == "SHA256 CD:54:3D:56:F6:46:05:9A:F4:89:04:57:77:6D:FD:CE:49:31:40:88:CD:09:2B:12:74:F6:2B:5D:4A:59:57:36"
        )
    }

    /// A key may be written with half of its point (SEC 1 §2.3.3), and is the same key.
    @Test func `names a key however it is written`() throws {
        let key = try SigningKey.generate().verifyingKey, point = key.point
        let short = DERElement.sequence(
            .sequence(try .oid("1.2.840.10045.2.1"), try .oid("1.2.840.10045.3.1.7")),
            .bits([2 + point[64] % 2] + point[1..<33]))
        let same = try VerifyingKey(subjectPublicKeyInfo: short.bytes.span)
        for form in ACMEDialect.Fingerprint.allCases { #expect(same.fingerprint(form) == key.fingerprint(form)) }
    }

    /// ACM-02.
    @Test func `answers a challenge by the name that was agreed on`() async throws {
        var carrier = try Carrier()
        carrier.dialect.response = .atc
        await #expect(throws: ACMEFault.unauthorised(Problem(type: "malformed", detail: "no tkauth"))) {
            try await carrier.chain(carrier.request("709J"), of: TokenCA({ _ in }))
        }
        let tolerant = try TokenCA({ _ in }, policy: { $0.takesOldResponse = true })
        #expect(try await carrier.chain(carrier.request("709J"), of: tolerant).certificates.count == 2)
    }
}

private func base64(_ bytes: [UInt8], padded: Bool) -> String {
    let text = Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
        .replacingOccurrences(of: "/", with: "_")
    return padded ? text : text.replacingOccurrences(of: "=", with: "")
}
