import Certificates
import Exchange
import Foundation
import LibCrypto
import MiniPKI
import Statements

/// Signs for any carrier, under one root.
struct Carriers {
    static let trace = "6f1c1a52-5c0e-4f6e-9c55-1f0f3a1f2b11"
    static let cli = "+8613800000001", called = "+8613900000002"
    static let at = MiniPKI.now * 1_000
    static let disclosure = Disclosure(text: #"{"customer":"c-17","salt":"l7"}"#)

    /// A key for which can be sealed, in base64url.
    static let point = (try? SigningKey.generate().verifyingKey.point).map { point in
        Data(point).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private let pki = MiniPKI()

    var trust: TrustSnapshot { TrustSnapshot(anchors: pki.anchors, epoch: 1) }

    func signed(_ statement: Statement) async throws -> SignedStatement {
        let party = pki.leaf(.spc(statement.carrier))
        let url = try CertificateURL("https://cert.example/\(statement.carrier).pem")
        guard let signer = StatementSigner(try Credential(key: party.key, chain: party.chain, url: url)) else {
            throw StatementFault.notOfCarrier(statement.carrier)
        }
        return try await signer.sign(statement)
    }

    func signed(_ question: TraceQuestion, by carrier: String) async throws -> SignedStatement {
        try await signed(question.statement(by: carrier, at: MiniPKI.now))
    }

    func signed(_ answer: TraceAnswer, by carrier: String) async throws -> StoredAnswer {
        StoredAnswer(
            carrier: carrier, statement: try await signed(answer.statement(by: carrier, at: MiniPKI.now)),
            disclosure: nil)
    }

    static let question = TraceQuestion(
        trace: trace, to: "2002", circuit: "b-c", called: called, cli: cli, at: at, window: 90_000, token: "digest",
        isUrgent: false, hops: 0, why: "case 17")

    static func handedOver(
        to asker: String, by circuit: String, from carrier: String, _ fromCircuit: String
    ) -> TraceAnswer {
        var answer = answer(.handedOver, to: asker, by: circuit)
        (answer.from, answer.fromCircuit) = (carrier, fromCircuit)
        return answer
    }

    static func originated(asker: String, by circuit: String) -> TraceAnswer {
        var answer = answer(.originated, to: asker, by: circuit)
        answer.customerDigest = disclosure.digest
        return answer
    }

    private static func answer(_ outcome: TraceAnswer.Outcome, to asker: String, by circuit: String) -> TraceAnswer {
        var question = question
        question.circuit = circuit
        var answer = TraceAnswer(question, asker: asker, outcome)
        (answer.at, answer.cli, answer.called, answer.token) = (at, cli, called, question.token)
        return answer
    }
}
