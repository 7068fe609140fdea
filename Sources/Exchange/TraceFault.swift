package import Jansson
package import Statements

/// Why what is said to be a trace proves nothing.
package enum TraceFault: Error, Hashable, Sendable {
    case tooLarge
    case notJSON(JSONError)
    case notAsWritten
    case question(StatementFault)
    case notAQuestion
    /// The place of the answer, from 1 on.
    case answer(Int, StatementFault)
    case notAnAnswer(Int)
    case otherTrace(Int)
    /// Of the carrier that signed its digest.
    case disclosure(String)
}

extension TraceFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLarge: "it is longer than a trace can be, \(TraceFile.longest) bytes"
        case .notJSON(let error): "it is not the file of a trace: \(error)"
        case .notAsWritten: "it is not as countersign writes it: it was changed since it was exported"
        case .question(let fault): "the question does not hold: \(fault)"
        case .notAQuestion: "the question is signed, but does not say what a question must"
        case .answer(let place, let fault): "answer \(place) does not hold: \(fault)"
        case .notAnAnswer(let place): "answer \(place) is signed, but does not say what an answer must"
        case .otherTrace(let place): "answer \(place) is to the question of another trace"
        case .disclosure(let carrier): "what is said of the customer is not what \(carrier) has signed"
        }
    }
}
