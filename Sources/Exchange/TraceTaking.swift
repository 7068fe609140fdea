package import Statements

extension ExchangeStore {
    /// Takes a statement of a trace that a peer has sent, once its signature was checked.
    ///
    /// - Returns: why it has no effect, if it has none; it counts as received all the same.
    package func takeTrace(
        _ verified: VerifiedStatement, sequence: Int, from peer: String, at now: Int
    ) throws(ExchangeFault) -> (Receipt, refused: String?) {
        if verified.kind == .traceQuestion {
            guard verified.carrier == peer else {
                return (try note(sequence, from: peer), "a question is asked by whoever sends it")
            }
            guard let question = TraceQuestion(verified) else {
                return (try note(sequence, from: peer), "it is not what a question is")
            }
            guard try questions(of: peer, since: now - 3_600) < Tracing.mostQuestionsPerHour else {
                return (try note(sequence, from: peer), "too many questions in an hour")
            }
            return (try take(question, verified.signed, sequence: sequence, from: peer, at: now), nil)
        }
        guard let answer = TraceAnswer(verified) else {
            return (try note(sequence, from: peer), "it is not what an answer is")
        }
        return (
            try take(answer, by: verified.carrier, verified.signed, sequence: sequence, from: peer, at: now), nil
        )
    }
}
