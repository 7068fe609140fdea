package import Certificates
package import Statements

/// The way of a traced call as its carriers have signed it, from the requester up.
///
/// Whoever has one has had each signature checked: there is no other way to make one.
package struct TraceChain: Sendable {
    package struct Hop: Hashable, Sendable {
        package let carrier: String
        /// Unix time at which it was signed.
        package let issuedAt: Int
        /// SHA-256 of the signer's certificate in hexadecimal.
        package let certificateID: String
        package let answer: TraceAnswer
        /// Only of the last, and only once it was opened.
        package let disclosure: Disclosure?
        /// Unix time; nil where nobody knows, as in a file.
        package let received: Int?
    }

    package enum End: Hashable, Sendable {
        /// There is no further to go: the answer says why.
        case answered(by: String, TraceAnswer.Outcome)
        /// It was named by the hop before, or by the question, and there is no answer of it.
        case silent(String)
        /// It was named again as it had been before.
        case ring(String)
    }

    /// The SPC of whoever traces.
    package let requester: String
    package let question: TraceQuestion
    /// When it was signed. Unix time.
    package let askedAt: Int
    /// Each was named by the one before it, the first by the question.
    package let hops: [Hop]
    /// Signed as well, but named by nobody on the way.
    package let strays: [Hop]
    package let end: End

    /// Each statement's chain must hold at the time at which it says to have been signed.
    package init(
        question signed: SignedStatement, answers: [StoredAnswer], trust: TrustSnapshot
    ) throws(TraceFault) {
        let statement: VerifiedStatement
        do throws(StatementFault) {
            statement = try VerifiedStatement(signed, as: .traceQuestion, trust: trust, at: nil)
        } catch { throw .question(error) }
        guard let question = TraceQuestion(statement) else { throw .notAQuestion }
        var waiting: [Hop] = []
        for (place, answer) in answers.enumerated() {
            waiting.append(try Hop(answer, at: place + 1, of: question.trace, trust))
        }
        (self.question, requester, askedAt) = (question, statement.carrier, statement.issuedAt)
        (hops, strays, end) = Self.walk(from: question, of: statement.carrier, through: waiting)
    }

    private static func walk(
        from question: TraceQuestion, of requester: String, through answers: [Hop]
    ) -> (hops: [Hop], strays: [Hop], end: End) {
        var hops: [Hop] = [], waiting = answers
        var step = Step(asker: requester, carrier: question.to, circuit: question.circuit)
        while let place = waiting.firstIndex(where: step.isAnswered) {
            let hop = waiting.remove(at: place)
            hops.append(hop)
            guard let next = Step(after: hop) else {
                return (hops, waiting, .answered(by: hop.carrier, hop.answer.outcome))
            }
            step = next
        }
        let end = hops.contains(where: step.isAnswered) ? End.ring(step.carrier) : .silent(step.carrier)
        return (hops, waiting, end)
    }
}

extension TraceChain.Hop {
    fileprivate init(
        _ stored: StoredAnswer, at place: Int, of trace: String, _ trust: TrustSnapshot
    ) throws(TraceFault) {
        let statement: VerifiedStatement
        do throws(StatementFault) {
            statement = try VerifiedStatement(stored.statement, as: .traceAnswer, trust: trust, at: nil)
        } catch { throw .answer(place, error) }
        guard stored.carrier == statement.carrier else { throw .answer(place, .notOfCarrier(stored.carrier)) }
        guard let answer = TraceAnswer(statement) else { throw .notAnAnswer(place) }
        guard answer.trace == trace else { throw .otherTrace(place) }
        guard stored.disclosure == nil || stored.disclosure?.digest == answer.customerDigest else {
            throw .disclosure(statement.carrier)
        }
        (carrier, issuedAt, certificateID) = (statement.carrier, statement.issuedAt, statement.certificateID)
        (self.answer, disclosure, received) = (answer, stored.disclosure, stored.received)
    }
}

extension TraceChain {
    /// How the trace ends, in words; nil as long as somebody may still answer.
    package var finding: String? {
        guard case .answered(let carrier, let outcome) = end, let answer = hops.last?.answer else {
            if case .ring(let carrier) = end { return "the answers go round in a ring: \(carrier) is named again" }
            return nil
        }
        let why = answer.reason.map { ": \($0)" } ?? ""
        return switch outcome {
        case .originated: "it began at a customer of \(carrier)'s"
        case .foreignGateway:
            "it came from abroad, from \(answer.from ?? "nobody the ledger names"), through \(carrier)"
        case .notFound: "\(carrier) has no such call\(why)"
        case .ambiguous: "\(carrier) has \(answer.candidates ?? 0) such calls and cannot tell which"
        case .refused, .handedOver: "\(carrier) refuses\(why)"
        }
    }
}

/// Who is asked by whom, and by which circuit the call came from him.
private struct Step {
    let asker, carrier, circuit: String

    init(asker: String, carrier: String, circuit: String) {
        (self.asker, self.carrier, self.circuit) = (asker, carrier, circuit)
    }

    /// Nil where the way ends.
    init?(after hop: TraceChain.Hop) {
        guard hop.answer.outcome == .handedOver, let from = hop.answer.from, let circuit = hop.answer.fromCircuit else {
            return nil
        }
        self.init(asker: hop.carrier, carrier: from, circuit: circuit)
    }

    func isAnswered(by hop: TraceChain.Hop) -> Bool {
        hop.carrier == carrier && hop.answer.asker == asker && hop.answer.circuit == circuit
    }
}
