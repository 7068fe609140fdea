import ACME
import Certificates
import Foundation
import LibCrypto
import MiniPKI
import Testing
import TokenCA

/// From the directory to the chain, against a CA that checks what it is sent.
@Suite(.timeLimit(.minutes(5))) struct `An order` {
    @Test func `brings a chain for the key and the numbers that were asked for`() async throws {
        let ca = try TokenCA({ _ in }), carrier = try Carrier()
        let issued = try await carrier.chain(carrier.request("709J"), of: ca)
        let leaf = try #require(issued.certificates.first)
        #expect(try leaf.verifyingKey.point == carrier.key.verifyingKey.point)
        #expect(try leaf.tnAuthList?.serviceProviderCodes == ["709J"])
        #expect(try leaf.path(through: Array(issued.certificates.dropFirst()), to: [ca.root]).count == 3)
        #expect(
            CertificateRule.broken(by: leaf, as: .endEntity, under: Array(issued.certificates.dropFirst()) + [ca.root])
                .isEmpty)
        #expect(try Certificate.all(inPEM: Array(issued.pem.utf8).span, atMost: 5) == issued.certificates)
    }

    /// ACM-11: the CA's policy says who it is for, not the request.
    @Test func `has the subject that the CA gives`() async throws {
        let carrier = try Carrier()
        let issued = try await carrier.chain(carrier.request("709J"), of: TokenCA({ _ in }))
        #expect(issued.certificates[0].subjectText == "CN=SHAKEN 709J TEST,O=709J,C=US")
    }

    /// ACM-01, with the bytes of `identifier_value_sample`: SPC 1234.
    @Test func `names the TNAuthList in base64url without padding`() async throws {
        let ca = try TokenCA({ _ in }), carrier = try Carrier()
        _ = try await carrier.chain(carrier.request("1234"), of: ca)
        let order = try #require(ca.questions.first { $0.path == "/new-order" })
        #expect(
            try payload(of: order) as? [String: [[String: String]]]
                == ["identifiers": [["type": "TNAuthList", "value": "MAigBhYEMTIzNA"]]])
    }

    /// ACM-13.
    @Test func `tells where the CA publishes the chain`() async throws {
        let carrier = try Carrier()
        let issued = try await carrier.chain(carrier.request("709J"), of: TokenCA({ _ in }))
        #expect(issued.x5u == "https://cr.example.com/0.pem")
    }

    @Test func `of an account that the CA knows makes no second one`() async throws {
        let ca = try TokenCA({ _ in }), carrier = try Carrier()
        let serials = try await ca.serving { base in
            let client = try carrier.client(of: ca, at: base), tokens = try carrier.tokens(of: ca)
            let first = try await client.chain(for: carrier.request("709J"), token: tokens)
            let second = try await client.chain(for: carrier.request("709J"), token: tokens)
            return [first, second].map { $0.certificates[0].serialNumber }
        }
        #expect(Set(serials).count == 2)
        let accounts = ca.questions.filter { $0.path == "/new-account" }
        #expect(accounts.count == 2)
        let kids = try ca.questions.filter { $0.path == "/new-order" }.map { try header(of: $0)["kid"] as? String }
        #expect(kids.count == 2 && kids[0] == kids[1] && kids[0]?.hasSuffix("/account/0") == true)
    }

    /// ACM-12: what is read is read with a signed request that has an empty payload.
    @Test func `reads by POST, and asks without signature only for the directory and for a nonce`() async throws {
        let ca = try TokenCA({ _ in }), carrier = try Carrier()
        _ = try await carrier.chain(carrier.request("709J"), of: ca)
        let questions = ca.questions
        #expect(questions.filter { $0.method == "GET" }.map(\.path) == ["/directory"])
        #expect(questions.filter { $0.method == "HEAD" }.map(\.path) == ["/new-nonce"])
        let read = try #require(questions.first { $0.path == "/authorization/0" })
        #expect(try fields(of: read)["payload"] == "")
        let nonces = try questions.filter { $0.method == "POST" && !$0.path.hasPrefix("/at/") }
            .map { try header(of: $0)["nonce"] as? String }
        #expect(nonces.count > 5 && Set(nonces).count == nonces.count)
    }

    /// ACM-12.
    @Test func `whose nonces are refused thrice goes through, and after a fourth time is given up`() async throws {
        let carrier = try Carrier(), request = try carrier.request("709J")
        let patient = try TokenCA({ $0.refusedNonces = 3 })
        #expect(try await carrier.chain(request, of: patient).certificates.count == 2)
        let stubborn = try TokenCA({ $0.refusedNonces = 4 })
        let fault = await #expect(throws: ACMEFault.self) { try await carrier.chain(request, of: stubborn) }
        guard case .noncesRefused(let place) = fault else { Issue.record("\(fault as Any)"); return }
        #expect(place.hasSuffix("/new-account"))
        #expect(stubborn.questions.filter { $0.path == "/new-account" }.count == 4)
    }

    @Test func `waits as the CA asks while it is under way`() async throws {
        let carrier = try Carrier()
        let issued = try await carrier.chain(carrier.request("709J"), of: TokenCA({ $0.delays = 3 }))
        #expect(issued.certificates.count == 2)
        #expect(carrier.pauses.taken == [.seconds(7), .seconds(7), .seconds(7)])
    }

    /// RFC 9110 §10.2.3, within reason.
    @Test(arguments: [
        (nil, 2), ("soon", 2), ("0", 1), ("3", 3), ("61", 60), ("100000", 60), ("99999999999", 2), ("-5", 2),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 1),
    ])
    func `waits neither in vain nor for ever`(value: String?, seconds: Int) async throws {
        let carrier = try Carrier()
        let ca = try TokenCA({
            $0.delays = 1
            $0.alterAnswer = { path, answer in if path == "/order/0" { answer.fields["Retry-After"] = value } }
        })
        _ = try await carrier.chain(carrier.request("709J"), of: ca)
        #expect(carrier.pauses.taken == [.seconds(seconds)])
    }

    @Test func `needs no token where the CA remembers one`() async throws {
        let carrier = try Carrier()
        let ca = try TokenCA({
            $0.alterAnswer = { path, answer in
                guard path == "/authorization/0" else { return }
                let text = String(decoding: answer.body, as: UTF8.self)
                answer.body = Array(text.replacingOccurrences(of: #""pending""#, with: #""valid""#).utf8)
            }
        })
        // This one forgets again, and the order stays where it was.
        let fault = await #expect(throws: ACMEFault.self) { try await carrier.chain(carrier.request("709J"), of: ca) }
        guard case .unsettled = fault else { Issue.record("\(fault as Any)"); return }
        #expect(!ca.questions.contains { $0.path.hasPrefix("/at/") || $0.path.hasPrefix("/challenge") })
    }

    @Test func `is not waited for beyond measure`() async throws {
        let carrier = try Carrier(), ca = try TokenCA({ $0.delays = 100 })
        let fault = await #expect(throws: ACMEFault.self) { try await carrier.chain(carrier.request("709J"), of: ca) }
        guard case .unsettled(let place, 60) = fault else { Issue.record("\(fault as Any)"); return }
        #expect(place.hasSuffix("/order/0"))
        #expect(carrier.pauses.taken.count == 8)
    }

    @Test func `is not waited for any longer because it answers slowly`() async throws {
        let carrier = try Carrier()
        let ca = try TokenCA({
            $0.delays = 100
            $0.alterAnswer = { path, answer in
                guard path == "/order/0" else { return }
                carrier.pauses.pass(29)
                answer.fields["Retry-After"] = "1"
            }
        })
        let fault = await #expect(throws: ACMEFault.self) { try await carrier.chain(carrier.request("709J"), of: ca) }
        guard case .unsettled = fault else { Issue.record("\(fault as Any)"); return }
        #expect(carrier.pauses.taken == [.seconds(1), .seconds(1)])
        #expect(fault?.description.contains("a new order") == true)
    }

    @Test func `agrees to terms only for an operator who has`() async throws {
        let ca = try TokenCA({ $0.terms = "https://ca.example.com/terms" })
        var carrier = try Carrier()
        let request = try carrier.request("709J")
        await #expect(throws: ACMEFault.termsNotAgreed("https://ca.example.com/terms")) {
            try await carrier.chain(request, of: ca)
        }
        #expect(ca.questions.map(\.path) == ["/directory"])
        carrier.account.agreesToTerms = true
        #expect(try await carrier.chain(request, of: ca).certificates.count == 2)
    }

    /// RFC 8555 §7.3: some CAs open no account without one.
    @Test func `tells the CA whom to write to, if there is somebody`() async throws {
        var carrier = try Carrier()
        for contacts in [[], ["mailto:noc@carrier.example", "mailto:keys@carrier.example"]] {
            let ca = try TokenCA({ _ in })
            carrier.account.contacts = contacts
            _ = try await carrier.chain(carrier.request("709J"), of: ca)
            let account = try payload(of: try #require(ca.questions.first { $0.path == "/new-account" }))
            #expect(account as? [String: [String]] == (contacts.isEmpty ? [:] : ["contact": contacts]))
        }
    }

    @Test func `of nothing is not placed`() async throws {
        let ca = try TokenCA({ _ in }), carrier = try Carrier()
        let request = try CertificationRequest(
            for: Holder(name: "x"),
            subject: DistinguishedName(country: "US", organization: "x", commonName: "x"), by: carrier.key)
        await #expect(throws: ACMEFault.noTNAuthList) { try await carrier.chain(request, of: ca) }
        #expect(ca.questions.isEmpty)
    }

    private func fields(of question: WebServer.Question) throws -> [String: String] {
        try #require(try JSONSerialization.jsonObject(with: Data(question.body)) as? [String: String])
    }

    private func decoded(_ text: String?) throws -> Any {
        let usual = try #require(text).replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        let padded = usual + String(repeating: "=", count: (4 - usual.count % 4) % 4)
        return try JSONSerialization.jsonObject(with: try #require(Data(base64Encoded: padded)))
    }

    private func header(of question: WebServer.Question) throws -> [String: Any] {
        try #require(try decoded(fields(of: question)["protected"]) as? [String: Any])
    }

    private func payload(of question: WebServer.Question) throws -> Any { try decoded(fields(of: question)["payload"]) }
}
