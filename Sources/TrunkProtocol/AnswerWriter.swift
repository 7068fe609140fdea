internal import NIOCore

/// Writes answers as JSON text, without building a tree first.
///
/// One is kept for each event loop, so that its buffer is allocated once.
struct AnswerWriter {
    private var text = ByteBuffer()

    /// Appends one answer in its framing to `output`, whole and contiguous; false when it would be longer than `longest`,
    /// and nothing was appended.
    mutating func append(
        _ reply: SwitchReply, to id: RequestID?, framing: Framing, longest: Int, output: inout ByteBuffer
    ) -> Bool {
        text.clear(minimumCapacity: 1024)
        message(reply, to: id)
        guard text.readableBytes + 6 <= longest else { return false }
        switch framing {
        case .netstring:
            output.writeString(String(text.readableBytes))
            output.writeStaticString(":")
            output.writeImmutableBuffer(text)
            output.writeStaticString(",")
        case .jsonStream:
            output.writeImmutableBuffer(text)
            output.writeStaticString("\n")
        }
        return true
    }

    private mutating func message(_ reply: SwitchReply, to id: RequestID?) {
        text.writeStaticString("{\"jsonrpc\":\"2.0\",\"id\":")
        switch id {
        case .integer(let number): integer(number)
        case .string(let name): string(name)
        case nil: text.writeStaticString("null")
        }
        switch reply {
        case .sign(let reply): result(reply)
        case .verify(let reply): result(reply)
        case .pong: text.writeStaticString(",\"result\":{\"pong\":true}}")
        case .error(let error): self.error(error)
        }
    }

    private mutating func result(_ reply: SignReply) {
        text.writeStaticString(",\"result\":{\"identity\":")
        string(reply.identity)
        text.writeStaticString(",\"attest\":")
        string(reply.attest)
        text.writeStaticString(",\"origid\":")
        string(reply.origid)
        text.writeStaticString(",\"iat\":")
        integer(reply.iat)
        text.writeStaticString("}}")
    }

    private mutating func result(_ reply: VerifyReply) {
        text.writeStaticString(reply.valid ? ",\"result\":{\"valid\":true" : ",\"result\":{\"valid\":false")
        text.writeStaticString(",\"action\":\"")
        text.writeString(reply.action.rawValue)
        text.writeStaticString("\",\"verstat\":")
        string(reply.verstat)
        if let attest = reply.attest {
            text.writeStaticString(",\"attest\":")
            string(attest)
        }
        if let origid = reply.origid {
            text.writeStaticString(",\"origid\":")
            string(origid)
        }
        text.writeStaticString(",\"sip\":")
        status(reply.sip)
        text.writeStaticString(",\"reason\":")
        string(reply.reason)
        if !reply.label.isEmpty { label(reply.label) }
        text.writeStaticString(",\"record\":")
        string(reply.record)
        text.writeStaticString("}}")
    }

    private mutating func label(_ members: [VerifyReply.LabelMember]) {
        text.writeStaticString(",\"label\":{")
        for (index, member) in members.enumerated() {
            if index > 0 { text.writeStaticString(",") }
            string(member.name)
            text.writeStaticString(":")
            string(member.text)
        }
        text.writeStaticString("}")
    }

    private mutating func error(_ error: RPCError) {
        text.writeStaticString(",\"error\":{\"code\":")
        integer(error.code)
        text.writeStaticString(",\"message\":")
        string(error.message)
        switch error {
        case .invalidParams(let field):
            text.writeStaticString(",\"data\":{\"field\":")
            string(field)
            text.writeStaticString("}")
        case .notAllowed(let reason, let sip):
            text.writeStaticString(",\"data\":{\"reason\":")
            string(reason)
            if let sip {
                text.writeStaticString(",\"sip\":")
                status(sip)
            }
            text.writeStaticString("}")
        case .parseError, .invalidRequest, .methodNotFound, .internalError, .busy, .noUsableKey: break
        }
        text.writeStaticString("}}")
    }

    /// `code` is a number: SBCs take a quoted one for an empty one.
    private mutating func status(_ sip: SIPStatus) {
        text.writeStaticString("{\"code\":")
        integer(sip.code)
        text.writeStaticString(",\"reason\":")
        string(sip.reason)
        text.writeStaticString("}")
    }

    private mutating func integer(_ number: Int) { text.writeString(String(number)) }

    private mutating func string(_ value: String) {
        text.writeStaticString("\"")
        if Self.isPlain(value.utf8.span) {
            text.writeString(value)
        } else {
            for byte in value.utf8 { escape(byte) }
        }
        text.writeStaticString("\"")
    }

    /// RFC 8259 §7: quotation mark, reverse solidus and the control characters must be escaped, nothing else.
    private static func isPlain(_ bytes: Span<UInt8>) -> Bool {
        // Without a branch for each byte, so that it looks at many at once.
        var escapes: UInt8 = 0
        for index in bytes.indices {
            let byte = bytes[index]
            escapes |= (byte < 0x20 ? 1 : 0) | (byte == 0x22 ? 1 : 0) | (byte == 0x5C ? 1 : 0)
        }
        return escapes == 0
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): text.writeStaticString("\\\"")
        case UInt8(ascii: "\\"): text.writeStaticString("\\\\")
        case 0..<0x20:
            text.writeStaticString(byte < 0x10 ? "\\u000" : "\\u001")
            text.writeString(String(byte & 0xF, radix: 16))
        default: text.writeInteger(byte)
        }
    }
}
