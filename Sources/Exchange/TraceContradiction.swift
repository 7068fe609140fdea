/// What two carriers in a row have signed of one call, and which cannot both be so.
package struct TraceContradiction: Hashable, Sendable {
    package enum Matter: String, CaseIterable, Hashable, Sendable {
        case callingNumber, calledNumber, time, token
        /// One says that the other handed the call over, who says that there was none.
        case handover
    }

    /// What stands over a carrier's signature.
    package struct Word: Hashable, Sendable {
        package let carrier: String
        package let says: String

        package init(_ carrier: String, _ says: String) { (self.carrier, self.says) = (carrier, says) }
    }

    package let matter: Matter
    /// Of the carrier that is nearer to the caller.
    package let upstream: Word
    package let downstream: Word

    package init(_ matter: Matter, upstream: Word, downstream: Word) {
        (self.matter, self.upstream, self.downstream) = (matter, upstream, downstream)
    }
}

extension TraceContradiction: CustomStringConvertible {
    package var description: String {
        let signed = "\(upstream.carrier) has signed \(upstream.says), and \(downstream.carrier) \(downstream.says)"
        switch matter {
        case .callingNumber: return "the calling number changed on its way: \(signed)"
        case .calledNumber: return "the called number changed on its way: \(signed)"
        case .time: return "the call was not let in at one time: \(signed)"
        case .token: return "the token changed on its way: \(signed)"
        case .handover: return "who handed the call over is disputed: \(signed)"
        }
    }
}

extension TraceChain {
    /// Between each two in a row, the requester and the first hop among them; from the requester up.
    package var contradictions: [TraceContradiction] {
        var downstream = Claim(question, of: requester), found: [TraceContradiction] = []
        for hop in hops {
            found += Self.contradictions(hop, downstream, within: question.window)
            downstream = Claim(hop.answer, of: hop.carrier)
        }
        return found
    }

    private static func contradictions(
        _ hop: Hop, _ below: Claim, within window: Int
    ) -> [TraceContradiction] {
        let above = Claim(hop.answer, of: hop.carrier)
        if hop.answer.outcome == .notFound {
            let named = "that it came from \(hop.carrier) by \(hop.answer.circuit)"
            return [
                TraceContradiction(
                    .handover, upstream: .init(hop.carrier, "that there was no such call"),
                    downstream: .init(below.carrier, named))
            ]
        }
        let values: [(TraceContradiction.Matter, String?, String?)] = [
            (.callingNumber, above.cli, below.cli), (.calledNumber, above.called, below.called),
            (.token, above.token, below.token),
        ]
        let differing = values.compactMap { matter, one, other -> TraceContradiction? in
            guard let one, let other, one != other else { return nil }
            return TraceContradiction(
                matter, upstream: .init(above.carrier, one), downstream: .init(below.carrier, other))
        }
        return differing + (isAtOneTime(hop.answer, below, within: window) ? [] : [times(hop.answer, above, below)])
    }

    /// By the clock of whoever is downstream, as far as the other has measured it.
    private static func isAtOneTime(_ answer: TraceAnswer, _ below: Claim, within window: Int) -> Bool {
        guard let above = answer.at, let below = below.at else { return true }
        let (corrected, overflows) = above.addingReportingOverflow(answer.clockOffset ?? 0)
        let (apart, isTooFar) = corrected.subtractingReportingOverflow(below)
        return !overflows && !isTooFar && apart.magnitude <= window.magnitude
    }

    private static func times(_ answer: TraceAnswer, _ above: Claim, _ below: Claim) -> TraceContradiction {
        let offset = answer.clockOffset.map { ", its clock \($0) ms behind" } ?? ""
        return TraceContradiction(
            .time, upstream: .init(above.carrier, "\(above.at ?? 0)\(offset)"),
            downstream: .init(below.carrier, "\(below.at ?? 0)"))
    }
}

/// The call as a carrier says to have let it in.
private struct Claim {
    let carrier: String
    /// In milliseconds since 1970, by its own clock.
    let at: Int?
    let cli, called, token: String?

    init(_ question: TraceQuestion, of carrier: String) {
        self.carrier = carrier
        (at, cli, called, token) = (question.at, question.cli, question.called, question.token)
    }

    init(_ answer: TraceAnswer, of carrier: String) {
        self.carrier = carrier
        (at, cli, called, token) = (answer.at, answer.cli, answer.called, answer.token)
    }
}
