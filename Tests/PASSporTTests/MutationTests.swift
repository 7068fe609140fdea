import Forgery
import Jansson
import LibCrypto
import NumberPlan
import PASSporT
import Testing

/// Nothing that is altered on its way is believed to say something else.
@Suite struct `A signed value` {
    static let identity = Value.forgery().identity
    static let tokenCount = Value.forgery().token.utf8.count

    /// Every place, every other byte of ASCII, and some of those beyond, which are all refused alike.
    @Test func `with any one byte changed is refused, or means the same`() throws {
        let original = Array(Self.identity.utf8), key = try Value.key.verifyingKey
        let expected = try Value.verified(Self.identity)
        let bytes = Array(0...0x7F) + [0x80, 0xBF, 0xC3, 0xFF] as [UInt8]
        var refused = 0, same = 0
        for place in original.indices {
            for byte in bytes where byte != original[place] {
                var changed = original
                changed[place] = byte
                guard let verified = try? Value.read(String(decoding: changed, as: UTF8.self)).verified(by: key) else {
                    refused += 1
                    continue
                }
                same += 1
                #expect(place >= Self.tokenCount, "byte \(place) became \(byte)")
                #expect(verified.passport == expected.passport)
                #expect(verified.certificateURL == expected.certificateURL)
                #expect(verified.assertionBytes == expected.assertionBytes)
            }
        }
        #expect(refused + same == original.count * (bytes.count - 1))
        #expect(same > 0)
    }

    @Test func `with a byte too many or too few in its token is refused`() throws {
        let original = Array(Self.identity.utf8)
        for place in 0..<Self.tokenCount {
            for byte in Array("A=. ".utf8) {
                var longer = original
                longer.insert(byte, at: place)
                // A blank in front is none of the token.
                if place == 0, byte == 0x20 { continue }
                #expect(throws: (any Error).self) { try Value.verified(String(decoding: longer, as: UTF8.self)) }
            }
            var shorter = original
            shorter.remove(at: place)
            #expect(throws: (any Error).self) { try Value.verified(String(decoding: shorter, as: UTF8.self)) }
        }
    }

    @Test func `is not believed by another key`() throws {
        let token = try Value.read(Self.identity)
        #expect(throws: PassportFault.signatureInvalid) { try token.verified(by: Forgery.strangersKey.verifyingKey) }
    }

    /// SIG-05 and SIG-06: both are signatures of it, so neither may name it.
    @Test func `has a twin that verifies and asserts the same`() throws {
        let signature = try #require(Forgery.bytes(ofBase64URL: Value.forgery().parts[2]))
        var forgery = Value.forgery()
        forgery.alter = { $0[2] = Forgery.base64URL(Forgery.twin(of: signature)) }
        var original = Value.forgery()
        original.alter = { $0[2] = Forgery.base64URL(signature) }
        // The twin of this very signature: the three parts are those that it was made of.
        let twin = try Value.verified(forgery.identity)
        let first = try Value.verified(original.identity)
        #expect(twin.assertionBytes == first.assertionBytes)
    }

    @Test func `asserts the same in any spelling`() throws {
        let expected = try Value.verified(Self.identity).assertionBytes
        let claims = Value.forgery().claims.text, header = Value.forgery().header.text
        let spellings: [(inout Forgery) -> Void] = [
            { $0.claimsText = Array(claims.replacing(",", with: ", ").utf8) },
            { $0.claimsText = Array((claims + "\n").utf8) },
            { $0.claims.list.reverse() }, { $0.header.list.reverse() },
            { $0.headerText = Array((" " + header).utf8) },
            { $0.claimsText = Array(claims.replacing("attest", with: #"\u0061ttest"#).utf8) },
            { $0.claims["attest"] = #""\u0041""# },
            { $0.header["x5u"] = #""https:\/\/cr.example.com\/1234\/cert.pem""# },
            { $0.parameters = ";info=<\(Value.url)>" },
        ]
        for spelling in spellings {
            #expect(try Value.verified(Value.forgery(spelling).identity).assertionBytes == expected)
        }
    }

    @Test func `asserts something else when it says something else`() throws {
        let alterations: [(inout Forgery) -> Void] = [
            { _ in }, { $0.claims["attest"] = #""B""# }, { $0.claims["iat"] = "\(Value.iat + 1)" },
            { $0.claims["dest"] = #"{"tn":["12355551214"]}"# }, { $0.claims["orig"] = #"{"tn":"12155551213"}"# },
            { $0.claims["origid"] = #""00000000-75b4-431b-adb2-eb6b9e546014""# }, { $0.claims["extra"] = "1" },
            { $0.claims["extra"] = "2" }, { $0.set(url: "https://cr.example.com/other.pem") },
            { $0.header["kid"] = "1" },
            { $0.claims["dest"] = #"{"tn":["1","2"]}"# }, { $0.claims["dest"] = #"{"tn":["2","1"]}"# },
        ]
        let assertions = try alterations.map { try Value.verified(Value.forgery($0).identity).assertionBytes }
        #expect(Set(assertions).count == alterations.count)
    }
}

/// RFC 8225 §9 by two ways: our printer and jansson's.
@Suite struct `What we sign` {
    static func passports() -> [Passport] {
        var generator = SeededGenerator(seed: 8_225)
        var random = RandomBytes()
        func digits(_ lengths: ClosedRange<Int>, _ alphabet: String) -> Digits {
            let count = Int.random(in: lengths, using: &generator), symbols = Array(alphabet)
            return Digits(String((0..<count).map { _ in symbols.randomElement(using: &generator) ?? "0" }))!
        }
        return (0..<200).map { _ in
            Passport(
                attestation: Attestation.allCases.randomElement(using: &generator)!,
                origin: digits(1...15, "0123456789"),
                destinations: (0..<Int.random(in: 1...6, using: &generator)).map { _ in digits(1...20, "0123456789*#")
                },
                issuedAt: Int.random(in: 1...Int.max >> Int.random(in: 0...60, using: &generator), using: &generator),
                originID: random.uuid())
        }
    }

    /// In JSON, by the printer that the parser's canonical form comes from.
    private func printed(_ passport: Passport) -> String {
        let claims = JSON.object(), dest = JSON.object(), orig = JSON.object()
        orig.set("tn", passport.origin.description)
        dest.set("tn", passport.destinations.map(\.description))
        claims.set("origid", passport.originID)
        claims.set("orig", orig)
        claims.set("iat", passport.issuedAt)
        claims.set("dest", dest)
        claims.set("attest", passport.attestation.rawValue)
        return String(decoding: claims.canonicalText(), as: UTF8.self)
    }

    @Test func `is what the JSON printer makes of it, and is read back as it was`() throws {
        let key = Value.key, signer = try Signer(key), header = try #require(PassportHeader(certificateURL: Value.url))
        for passport in Self.passports() {
            let signed = try SignedPassport(passport, header, by: signer)
            let parts = signed.identity.prefix { $0 != ";" }.split(separator: ".").map(String.init)
            let claims = try #require(Forgery.bytes(ofBase64URL: parts[1]))
            #expect(String(decoding: claims, as: UTF8.self) == printed(passport))
            let headerText = try #require(Forgery.bytes(ofBase64URL: parts[0]))
            #expect(String(decoding: headerText, as: UTF8.self) == Value.forgery().header.text)
            let read = try Value.read(signed.identity)
            #expect(read.isCanonical)
            #expect(read.claimed == passport && signed.passport == passport)
            #expect(try read.verified(by: key.verifyingKey).passport == passport)
        }
    }

    @Test func `has its callees in order, each once`() {
        let numbers = ["9", "10", "2", "10", "*1"].compactMap { Digits($0) }
        let passport = Passport(
            attestation: .full, origin: numbers[0], destinations: numbers, issuedAt: 1, originID: "")
        #expect(passport.destinations.map(\.description) == ["2", "9", "10", "*1"])
    }

    @Test func `is refused when it could not be verified`() throws {
        let signer = try Signer(Value.key), header = try #require(PassportHeader(certificateURL: Value.url))
        let origin = try #require(Digits("12155551212")), uuid = "de305d54-75b4-431b-adb2-eb6b9e546014"
        func sign(_ destinations: [Digits], _ issuedAt: Int, _ originID: String, uris: [String] = []) throws {
            var passport = Passport(
                attestation: .full, origin: origin, destinations: destinations, issuedAt: issuedAt, originID: originID)
            passport.destinationURIs = uris
            _ = try SignedPassport(passport, header, by: signer)
        }
        #expect(throws: SigningFault.noDestination) { try sign([], 1, uuid) }
        #expect(throws: SigningFault.noDestination) { try sign([origin], 1, uuid, uris: ["sip:a@b.c"]) }
        #expect(throws: SigningFault.issuedAtNotPositive) { try sign([origin], 0, uuid) }
        #expect(throws: SigningFault.issuedAtNotPositive) { try sign([origin], -1, uuid) }
        for originID in ["", "x", "\",\"a\":\"", uuid + "\r\n", String(uuid.dropLast())] {
            #expect(throws: SigningFault.originIDNotUUID) { try sign([origin], 1, originID) }
        }
    }

    @Test func `is refused when the published key does not accept it`() throws {
        let signer = try Signer(Value.key), header = try #require(PassportHeader(certificateURL: Value.url))
        let origin = try #require(Digits("12155551212"))
        let passport = Passport(
            attestation: .full, origin: origin, destinations: [origin], issuedAt: 1,
            originID: "de305d54-75b4-431b-adb2-eb6b9e546014")
        let other = try SigningKey.generate()
        #expect(throws: Never.self) {
            try SignedPassport(passport, header, by: signer, acceptedBy: Value.key.verifyingKey)
        }
        #expect(throws: SigningFault.notAccepted) {
            try SignedPassport(passport, header, by: signer, acceptedBy: other.verifyingKey)
        }
    }

    @Test(arguments: [
        "", "https://a.b/\"c", "https://a.b/\\c", "https://a.b/<c>", "https://a.b/ c", "https://a.b/\r\nc",
        "https://a.b/é",
        "https://a.b/\u{0}", "https://a.b/\u{7F}",
    ])
    func `has a URL that needs no escaping`(url: String) { #expect(PassportHeader(certificateURL: url) == nil) }
}
