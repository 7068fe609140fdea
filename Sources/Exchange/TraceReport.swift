package import Certificates
package import Statements

/// The way of a call, as those have signed it who carried it: whatever is in it was checked again.
package struct TraceReport: Hashable, Sendable {
    package struct Hop: Hashable, Sendable {
        package let carrier: String
        /// Unix time.
        package let answeredAt: Int
        package let answer: TraceAnswer
        package let disclosure: Disclosure?
        /// What an operator should know of the signature, such as "crl missing".
        package let notes: [String]
    }

    package enum End: Hashable, Sendable {
        /// For a carrier that was asked about a circuit.
        case waits(carrier: String, circuit: String)
        case ended(String)
    }

    /// From the one that the requester asked to the one where the call began.
    package private(set) var hops: [Hop] = []
    package private(set) var end: End
    /// Where two have signed what cannot both be true, or an answer is not believed.
    package private(set) var contradictions: [String] = []

    /// - Throws: when our own question is not what it was.
    package init(_ trace: Trace, _ answers: [StoredAnswer], trust: TrustSnapshot) throws(StatementFault) {
        guard let signed = trace.question else {
            self.init(end: .ended(trace.finding ?? "nobody was asked"))
            return
        }
        try self.init(signed, answers, trust: trust)
    }

    private init(end: End) { self.end = end }

    package init(
        _ question: SignedStatement, _ answers: [StoredAnswer], trust: TrustSnapshot
    ) throws(StatementFault) {
        let asked = try VerifiedStatement(question, as: .traceQuestion, trust: trust, at: nil)
        guard let own = TraceQuestion(asked) else { throw .notAStatement }
        var known: [(hop: Hop, asker: String)] = []
        end = .waits(carrier: own.to, circuit: own.circuit)
        for stored in answers {
            do throws(StatementFault) {
                let verified = try VerifiedStatement(stored.statement, as: .traceAnswer, trust: trust, at: nil)
                guard let answer = TraceAnswer(verified), answer.trace == own.trace else { throw .notAStatement }
                var disclosure = stored.disclosure
                if let shown = disclosure, shown.digest != answer.customerDigest {
                    contradictions.append("what is shown as \(verified.carrier)'s customer is not what it has signed")
                    disclosure = nil
                }
                known.append(
                    (
                        Hop(
                            carrier: verified.carrier, answeredAt: verified.issuedAt, answer: answer,
                            disclosure: disclosure, notes: verified.notes), answer.asker
                    ))
            } catch { contradictions.append("an answer that is said to be of \(stored.carrier) is not: \(error)") }
        }
        walk(own, by: asked.carrier, known)
    }

    /// Along the circuits, each carrier after the one that named it.
    private mutating func walk(_ own: TraceQuestion, by requester: String, _ known: [(hop: Hop, asker: String)]) {
        var (asker, carrier, circuit, cli, token) = (requester, own.to, own.circuit, own.cli, own.token)
        while hops.count <= TraceQuestion.mostHops {
            let found = known.first { entry in
                entry.hop.carrier == carrier && entry.asker == asker && entry.hop.answer.circuit == circuit
            }
            guard let hop = found?.hop else {
                end = .waits(carrier: carrier, circuit: circuit)
                return
            }
            hops.append(hop)
            compare(hop, asker: asker, cli: cli, token: token)
            switch hop.answer.outcome {
            case .handedOver:
                guard let from = hop.answer.from, let by = hop.answer.fromCircuit else { return }
                (asker, carrier, circuit) = (hop.carrier, from, by)
                (cli, token) = (hop.answer.cli, hop.answer.token)
            case .originated:
                end = .ended("it began at a customer of \(hop.carrier)'s")
                return
            case .foreignGateway:
                end = .ended(
                    "it came from abroad, by \(hop.answer.from ?? "a carrier unnamed"), through \(hop.carrier)")
                return
            case .notFound, .refused, .ambiguous:
                end = .ended(Self.words(hop))
                if hop.answer.outcome == .notFound, hops.count > 1 {
                    contradictions.append(
                        "\(asker) has signed that \(hop.carrier) handed the call over by circuit \(circuit), and \(hop.carrier) has signed that it did not"
                    )
                }
                return
            }
        }
        end = .ended("the answers go round in a ring")
    }

    private static func words(_ hop: Hop) -> String {
        let why = hop.answer.reason.map { ": \($0)" } ?? ""
        return switch hop.answer.outcome {
        case .notFound: "\(hop.carrier) has no such call\(why)"
        case .ambiguous: "\(hop.carrier) has \(hop.answer.candidates ?? 0) such calls and cannot tell which"
        default: "\(hop.carrier) refuses\(why)"
        }
    }

    /// What it says it passed on, beside what the next one says it got.
    private mutating func compare(_ hop: Hop, asker: String, cli: String?, token: String?) {
        let digits = { (text: String?) in text.map { $0.utf8.filter { (48...57).contains($0) } } }
        if let got = digits(cli), let had = digits(hop.answer.cli), got != had {
            contradictions.append(
                "\(hop.carrier) has signed that the call showed \(hop.answer.cli ?? ""), and \(asker) that it showed \(cli ?? ""): one of the two changed it, or lies"
            )
        }
        if let token, let had = hop.answer.token, token != had {
            contradictions.append("the token that \(asker) has of the call is not the one that \(hop.carrier) has")
        }
    }
}
