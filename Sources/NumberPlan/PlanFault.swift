internal import Jansson

/// Why a plan's file cannot be used: where in it, what is wrong, and what to do.
package enum PlanFault: Error, Hashable, Sendable {
    case notJSON(line: Int, column: Int)
    case tooLarge(bytes: Int)
    /// More objects and lists within one another, or a longer text, than a plan has.
    case tooComplex
    case missing(path: String)
    case wrong(path: String, expected: String)
    case unknown(path: String, known: [String])
    /// Two entries would give the same number out.
    case ambiguous(prefix: Digits, path: String, other: String)
    case tooManyPrefixes
    case tooManyPatterns
    /// No form reads it as the country's own code, so that calls to it would not be known for what they are.
    case unreadableEmergencyNumber(Digits)
}

extension PlanFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notJSON(let line, let column): "line \(line), column \(column): this is not JSON"
        case .tooLarge(let bytes): "\(bytes) bytes are more than the \(DialPlan.largestFile) that a plan may have"
        case .tooComplex: "a text is longer, or lists are deeper in one another, than those of a plan: is this one?"
        case .missing(let path): "\(path) is missing"
        case .wrong(let path, let expected): "\(path) must be \(expected)"
        case .unknown(let path, let known): "\(path) is not known; known here: \(known.joined(separator: ", "))"
        case .ambiguous(let prefix, let path, let other):
            "\(path): \(prefix) is given out by \(other) too, at a length that both have; take it out of one of them"
        case .tooManyPrefixes: "the plan has too many prefixes: leave out digits that change nothing"
        case .tooManyPatterns: "forms: there are more patterns than a plan may have, 1,000; write one for several"
        case .unreadableEmergencyNumber(let number):
            "emergencyNumbers: \(number) is not read as a code of the country's own; add a form of service for it"
        }
    }
}

extension PlanFault {
    init(_ fault: JSONError) {
        switch fault {
        case .syntax(let line, let column): self = .notJSON(line: line, column: column)
        case .tooLarge(let bytes): self = .tooLarge(bytes: bytes)
        case .tooDeep, .stringTooLong: self = .tooComplex
        case .missing(let name): self = .missing(path: name)
        case .wrongType(let name, let expected): self = .wrong(path: name, expected: expected)
        }
    }
}
