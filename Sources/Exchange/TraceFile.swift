internal import Jansson
package import Statements

/// A trace in one file, which anyone who has the anchors can check and needs nothing else for.
///
/// `{"version":1,"question":"…","answers":[{"carrier":"1001","statement":"…","disclosure":"…"}]}`, without spaces and with
/// a line end behind it. There is one way to write it, so that no byte of it can be another.
package struct TraceFile: Hashable, Sendable {
    package let question: SignedStatement
    package let answers: [StoredAnswer]

    /// In bytes. Whatever carriers have signed fits: one of them could make a trace that proves nothing, else.
    package static let longest = 33_554_432

    package init(question: SignedStatement, answers: [StoredAnswer]) {
        (self.question, self.answers) = (question, answers)
    }

    package init(reading bytes: [UInt8]) throws(TraceFault) {
        guard bytes.count <= Self.longest else { throw .tooLarge }
        do throws(JSONError) {
            let file = try JSON(parsing: bytes.span, limits: .traceFile)
            question = SignedStatement(unverified: try file.string("question"))
            answers = try Self.answers(in: file)
        } catch { throw .notJSON(error) }
        guard text == bytes else { throw .notAsWritten }
    }

    private static func answers(in file: borrowing JSON) throws(JSONError) -> [StoredAnswer] {
        guard let list = file.member("answers") else { throw .missing(name: "answers") }
        guard list.kind == .array else { throw .wrongType(name: "answers", expected: "array") }
        var answers: [StoredAnswer] = []
        try list.withElements { (answer) throws(JSONError) in
            guard answer.kind == .object else { throw .wrongType(name: "answers", expected: "array of objects") }
            answers.append(
                StoredAnswer(
                    carrier: try answer.string("carrier"),
                    statement: SignedStatement(unverified: try answer.string("statement")),
                    disclosure: try answer.optionalString("disclosure").map { Disclosure(text: $0) }))
        }
        return answers
    }

    package var text: [UInt8] {
        var text = JSONText(capacity: 65_536)
        text.raw(#"{"version":1"#)
        text.claim("question", question.text)
        text.raw(#","answers":["#)
        for (place, answer) in answers.enumerated() {
            text.raw(place == 0 ? #"{"carrier":"# : #",{"carrier":"#)
            text.string(answer.carrier)
            text.claim("statement", answer.statement.text)
            text.claim("disclosure", answer.disclosure?.text)
            text.raw("}")
        }
        text.raw("]}\n")
        return text.bytes
    }
}

extension JSONLimits {
    fileprivate static let traceFile = JSONLimits(
        bytes: TraceFile.longest, depth: 4, stringBytes: SignedStatement.longest)
}
