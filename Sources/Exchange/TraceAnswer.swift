internal import Jansson
package import Statements

/// What a carrier says of a call that it was asked about.
package struct TraceAnswer: Hashable, Sendable {
    package enum Outcome: String, CaseIterable, Hashable, Sendable {
        /// By another carrier, which is asked next.
        case handedOver
        /// By a customer of this carrier's. Who that is is sealed.
        case originated
        /// From abroad, by this carrier's gateway.
        case foreignGateway
        case notFound
        /// By one of several calls, between which nothing tells.
        case ambiguous
        case refused
    }

    package var trace: String
    /// Who asked, and by which circuit the call is said to have come.
    package var asker: String
    package var circuit: String
    package var outcome: Outcome
    /// Of `refused` and `notFound`.
    package var reason: String?
    /// The call, as this carrier let it in. In milliseconds since 1970, by its own clock.
    package var at: Int?
    package var cli: String?
    /// The number shown, as the switch wrote it, where that is otherwise.
    package var rawCLI: String?
    package var called: String?
    /// What was decided of the call, as the record has it: `signed`, `valid`, `number_withheld`. It went on with these numbers
    /// unless that says otherwise: a carrier that changes them contradicts the next one's word.
    package var decision: String?
    package var attest: String?
    package var token: String?
    package var origid: String?
    /// Of `handedOver` and `foreignGateway`: who handed it over, and by which circuit.
    package var from: String?
    package var fromCircuit: String?
    /// How far the asker's clock is ahead of this carrier's, as it has measured. In milliseconds.
    package var clockOffset: Int?
    /// Of `ambiguous`.
    package var candidates: Int?
    /// Of `originated`: the digest of the disclosure, and that sealed for the requester.
    package var customerDigest: String?
    package var customer: String?

    package init(_ question: TraceQuestion, asker: String, _ outcome: Outcome, reason: String? = nil) {
        (trace, self.asker, circuit) = (question.trace, asker, question.circuit)
        (self.outcome, self.reason) = (outcome, reason)
    }

    package func statement(by carrier: String, at now: Int) -> Statement {
        Statement(.traceAnswer, by: carrier, at: now) { text in
            text.claim("trace", trace)
            text.claim("asker", asker)
            text.claim("circuit", circuit)
            text.claim("outcome", outcome.rawValue)
            text.claim("reason", reason)
            text.claim("at", at)
            text.claim("cli", cli)
            text.claim("rawCli", rawCLI)
            text.claim("called", called)
            text.claim("decision", decision)
            text.claim("attest", attest)
            text.claim("token", token)
            text.claim("origid", origid)
            text.claim("from", from)
            text.claim("fromCircuit", fromCircuit)
            text.claim("clockOffset", clockOffset)
            text.claim("candidates", candidates)
            text.claim("customerDigest", customerDigest)
            text.claim("customer", customer)
        }
    }

    /// Nil if it is not what an answer is.
    package init?(_ statement: VerifiedStatement) {
        guard statement.kind == .traceAnswer, let claims = try? statement.claims() else { return nil }
        do throws(JSONError) {
            guard let outcome = Outcome(rawValue: try claims.string("outcome")) else { return nil }
            self.outcome = outcome
            trace = try claims.string("trace")
            asker = try claims.string("asker")
            circuit = try claims.string("circuit")
            reason = try claims.optionalString("reason")
            at = try claims.optionalInteger("at")
            cli = try claims.optionalString("cli")
            rawCLI = try claims.optionalString("rawCli")
            called = try claims.optionalString("called")
            decision = try claims.optionalString("decision")
            attest = try claims.optionalString("attest")
            token = try claims.optionalString("token")
            origid = try claims.optionalString("origid")
            from = try claims.optionalString("from")
            fromCircuit = try claims.optionalString("fromCircuit")
            clockOffset = try claims.optionalInteger("clockOffset")
            candidates = try claims.optionalInteger("candidates")
            customerDigest = try claims.optionalString("customerDigest")
            customer = try claims.optionalString("customer")
        } catch { return nil }
        guard outcome != .handedOver || from != nil && fromCircuit != nil,
            outcome != .originated || customerDigest != nil
        else { return nil }
    }
}
