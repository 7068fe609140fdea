/// The JSON text of records, written straight into bytes that are used again for the next one.
///
/// Canonical: names in code-point order, no white space, no escapes but those RFC 8259 §7 demands. The time and the id
/// stand beside the body, not in it.
struct RecordBody {
    var bytes: [UInt8] = []

    mutating func append(_ record: Record) {
        bytes.append(UInt8(ascii: "{"))
        member("\"attest\":", record.attest)
        member("\"call\":", record.call)
        member("\"checks\":", record.checks)
        member("\"credential\":", record.credential)
        member("\"dest\":", record.dest)
        member("\"inputs\":", record.inputs)
        member("\"kind\":", record.kind.rawValue)
        member("\"ledger\":", record.ledgerVersion)
        member("\"of\":", record.of?.description)
        member("\"orig\":", record.orig)
        member("\"origid\":", record.origid)
        member("\"peer\":", record.peer)
        member("\"plan\":", record.planVersion)
        member("\"rawOrig\":", record.rawOrig)
        member("\"reason\":", record.reason)
        member("\"sip\":", record.sipCode)
        member("\"tokens\":", record.tokens)
        member("\"trunk\":", record.trunk)
        member("\"verdict\":", record.verdict)
        bytes[bytes.count - 1] = UInt8(ascii: "}")  // over the last comma: `kind` is always there
    }

    private mutating func member(_ name: String, _ text: String?) {
        guard let text else { return }
        bytes.append(contentsOf: name.utf8)
        append(text)
        bytes.append(UInt8(ascii: ","))
    }

    private mutating func member(_ name: String, _ number: Int?) {
        guard let number else { return }
        bytes.append(contentsOf: name.utf8)
        bytes.append(contentsOf: String(number).utf8)
        bytes.append(UInt8(ascii: ","))
    }

    private mutating func member(_ name: String, _ texts: [String]) {
        guard !texts.isEmpty else { return }
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: "["))
        for text in texts {
            append(text)
            bytes.append(UInt8(ascii: ","))
        }
        bytes[bytes.count - 1] = UInt8(ascii: "]")
        bytes.append(UInt8(ascii: ","))
    }

    /// Pairs, not an object: an input may be there twice, and their order is kept.
    private mutating func member(_ name: String, _ inputs: [Record.Input]) {
        guard !inputs.isEmpty else { return }
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: "["))
        for input in inputs {
            bytes.append(UInt8(ascii: "["))
            append(input.name)
            bytes.append(UInt8(ascii: ","))
            append(input.value)
            bytes.append(UInt8(ascii: "]"))
            bytes.append(UInt8(ascii: ","))
        }
        bytes[bytes.count - 1] = UInt8(ascii: "]")
        bytes.append(UInt8(ascii: ","))
    }

    private mutating func append(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        if Self.isPlain(text.utf8.span) {
            bytes.append(contentsOf: text.utf8)
        } else {
            for byte in text.utf8 { appendEscaped(byte) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func isPlain(_ text: Span<UInt8>) -> Bool {
        var escapes: UInt8 = 0
        for index in text.indices {
            let byte = text[index]
            escapes |= (byte < 0x20 ? 1 : 0) | (byte == 0x22 ? 1 : 0) | (byte == 0x5c ? 1 : 0)
        }
        return escapes == 0
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        switch byte {
        case 0x22: bytes.append(contentsOf: "\\\"".utf8)
        case 0x5c: bytes.append(contentsOf: "\\\\".utf8)
        case 0x08: bytes.append(contentsOf: "\\b".utf8)
        case 0x09: bytes.append(contentsOf: "\\t".utf8)
        case 0x0a: bytes.append(contentsOf: "\\n".utf8)
        case 0x0c: bytes.append(contentsOf: "\\f".utf8)
        case 0x0d: bytes.append(contentsOf: "\\r".utf8)
        case ..<0x20:
            bytes.append(contentsOf: byte < 0x10 ? "\\u000".utf8 : "\\u001".utf8)
            bytes.append(contentsOf: String(byte & 15, radix: 16).utf8)
        default: bytes.append(byte)
        }
    }
}
