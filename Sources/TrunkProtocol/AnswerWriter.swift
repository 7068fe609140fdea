internal import Jansson
internal import NIOCore

/// Frames answers, so that each lies whole and contiguous among those that go out with it.
///
/// One is kept for each event loop, so that its buffer is allocated once.
struct AnswerWriter: ~Copyable {
    private var text = JSONText()

    /// Appends one answer to `output`; false when it would be longer than `longest`, and nothing was appended.
    mutating func append(
        _ reply: SwitchReply, to id: RequestID?, framing: Framing, longest: Int, output: inout ByteBuffer
    ) -> Bool {
        text.removeAll()
        let ending = text.answer(reply, to: id) ? JSONText.ending(record: "") : ""
        return text.withBytes(0..<text.count) { bytes in
            Self.append(bytes, ending, framing: framing, longest: longest, output: &output)
        }
    }

    /// Of an answer that has been written already, but for its ending.
    static func append(
        _ text: RawSpan, _ ending: String, framing: Framing, longest: Int, output: inout ByteBuffer
    ) -> Bool {
        let length = text.byteCount + ending.utf8.count
        guard length + 6 <= longest else { return false }
        if framing == .netstring {
            output.writeString(String(length))
            output.writeStaticString(":")
        }
        output.writeBytes(text)
        output.writeString(ending)
        output.writeStaticString(framing == .netstring ? "," : "\n")
        return true
    }
}

extension JSONText {
    /// Writes an answer. True when it lacks its ``ending(record:)``.
    mutating func answer(_ reply: SwitchReply, to id: RequestID?) -> Bool {
        raw("{\"jsonrpc\":\"2.0\",\"id\":")
        switch id {
        case .integer(let integer): number(integer)
        case .string(let name): string(name)
        case nil: raw("null")
        }
        switch reply {
        case .sign(let reply): result(reply)
        case .verify(let reply):
            result(reply)
            guard let record = reply.record else { return true }
            string(record)
            raw("}}")
        case .pong: raw(",\"result\":{\"pong\":true}}")
        case .error(let error): self.error(error)
        }
        return false
    }

    /// What follows when the id of the record is known, which needs no escaping.
    static func ending(record: String) -> String { "\"\(record)\"}}" }

    private mutating func result(_ reply: SignReply) {
        raw(",\"result\":{\"identity\":")
        string(reply.identity)
        raw(",\"attest\":")
        string(reply.attest)
        raw(",\"origid\":")
        string(reply.origid)
        raw(",\"iat\":")
        number(reply.iat)
        raw("}}")
    }

    /// Up to the value of `record`.
    private mutating func result(_ reply: VerifyReply) {
        raw(reply.valid ? ",\"result\":{\"valid\":true" : ",\"result\":{\"valid\":false")
        raw(",\"action\":")
        string(reply.action.rawValue)
        raw(",\"verstat\":")
        string(reply.verstat)
        if let attest = reply.attest {
            raw(",\"attest\":")
            string(attest)
        }
        if let origid = reply.origid {
            raw(",\"origid\":")
            string(origid)
        }
        raw(",\"sip\":")
        status(reply.sip)
        raw(",\"reason\":")
        string(reply.reason)
        if !reply.label.isEmpty { label(reply.label) }
        raw(",\"record\":")
    }

    private mutating func label(_ members: [VerifyReply.LabelMember]) {
        raw(",\"label\":{")
        for (index, member) in members.enumerated() {
            if index > 0 { raw(",") }
            string(member.name)
            raw(":")
            string(member.text)
        }
        raw("}")
    }

    private mutating func error(_ error: RPCError) {
        raw(",\"error\":{\"code\":")
        number(error.code)
        raw(",\"message\":")
        string(error.message)
        switch error {
        case .invalidParams(let field):
            raw(",\"data\":{\"field\":")
            string(field)
            raw("}")
        case .notAllowed(let reason, let sip):
            raw(",\"data\":{\"reason\":")
            string(reason)
            if let sip {
                raw(",\"sip\":")
                status(sip)
            }
            raw("}")
        case .parseError, .invalidRequest, .methodNotFound, .internalError, .busy, .noUsableKey: break
        }
        raw("}}")
    }

    /// `code` is a number: SBCs take a quoted one for an empty one.
    private mutating func status(_ sip: SIPStatus) {
        raw("{\"code\":")
        number(sip.code)
        raw(",\"reason\":")
        string(sip.reason)
        raw("}")
    }
}
