import ACME
import Foundation
import LibCrypto
import Testing
import TokenCA

/// That the tests' CA checks what it is there to check (RFC 8555 §6): a client is only tried by a server that refuses.
@Suite(.timeLimit(.minutes(5))) struct `The CA of the tests` {
    let ca: TokenCA
    let carrier: Carrier

    init() throws {
        ca = try TokenCA({ _ in })
        carrier = try Carrier()
    }

    /// What an order consists of, in the order in which it was sent.
    private func asked() async throws -> [WebServer.Question] {
        _ = try await carrier.chain(carrier.request("709J"), of: ca)
        return ca.questions.filter { $0.method == "POST" && !$0.path.hasPrefix("/at/") }
    }

    private func type(_ answer: WebServer.Answer) -> String? {
        let problem = (try? JSONSerialization.jsonObject(with: Data(answer.body))) as? [String: Any]
        return (problem?["type"] as? String)?.split(separator: ":").last.map(String.init)
    }

    /// ACM-12.
    @Test func `takes no request twice`() async throws {
        for question in try await asked() {
            let answer = await ca.answer(to: question)
            #expect(answer.status == 400 && type(answer) == "badNonce", "\(question.path)")
        }
    }

    /// ACM-12.
    @Test func `takes no request that was for another URL`() async throws {
        for var question in try await asked() {
            question.path = question.path == "/order/0" ? "/authorization/0" : "/order/0"
            let answer = await ca.answer(to: question)
            #expect(answer.status == 401 && type(answer) == "unauthorized", "\(question.path)")
        }
    }

    /// ACM-12.
    @Test(arguments: ["protected", "payload", "signature"])
    func `takes no request in which a part was changed`(part: String) async throws {
        let question = try #require(try await asked().first { $0.path == "/new-order" })
        let other = try #require(ca.questions.first { $0.path == "/new-account" })
        var fields = try #require(try JSONSerialization.jsonObject(with: Data(question.body)) as? [String: String])
        let others = try #require(try JSONSerialization.jsonObject(with: Data(other.body)) as? [String: String])
        fields[part] = others[part]
        var forged = question
        forged.body = Array(try JSONSerialization.data(withJSONObject: fields))
        let answer = await ca.answer(to: forged)
        #expect(answer.status == (part == "protected" ? 401 : 400), "\(String(decoding: answer.body, as: UTF8.self))")
        #expect(type(answer) != "badNonce")
    }

    /// ACM-12.
    @Test func `knows no account but by its key`() async throws {
        let question = try #require(try await asked().first { $0.path == "/new-order" })
        let fresh = try TokenCA({ _ in })
        let answer = await fresh.answer(to: question)
        #expect(type(answer) == "accountDoesNotExist")
    }

    @Test func `takes requests as ACME's content type alone, and reads nothing without one`() async throws {
        var question = try #require(try await asked().first)
        question.fields["content-type"] = "application/json"
        #expect(await ca.answer(to: question).status == 415)
        question.method = "GET"
        #expect(await ca.answer(to: question).status == 404)
    }
}
