/// The JSON text of records, one after the other in the same bytes.
///
/// Canonical: names in code-point order, no white space, no escapes but those RFC 8259 §7 demands. The time and the id
/// stand beside the text, not in it.
struct RecordBody {
    private(set) var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(4_096) }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func write(_ record: Record) {
        bytes.removeAll(keepingCapacity: true)
        member(",\"attest\":", record.attest)
        member(",\"call\":", record.call)
        member(",\"checks\":", record.checks)
        member(",\"credential\":", record.credential)
        member(",\"dest\":", record.dest)
        member(",\"inputs\":", record.inputs)
        member(",\"kind\":", record.kind.rawValue)
        member(",\"ledger\":", record.ledgerVersion)
        member(",\"of\":", record.of?.description)
        member(",\"orig\":", record.orig)
        member(",\"origid\":", record.origid)
        member(",\"peer\":", record.peer)
        member(",\"plan\":", record.planVersion)
        member(",\"rawOrig\":", record.rawOrig)
        member(",\"reason\":", record.reason)
        member(",\"sip\":", record.sipCode)
        member(",\"tokens\":", record.tokens)
        member(",\"trunk\":", record.trunk)
        member(",\"verdict\":", record.verdict)
        append("}")
        bytes[0] = UInt8(ascii: "{")  // over the first comma: `kind` is always there
    }

    private mutating func member(_ name: String, _ value: String?) {
        guard let value else { return }
        append(name)
        quote(value)
    }

    private mutating func member(_ name: String, _ number: Int?) {
        guard let number else { return }
        append(name)
        append(String(number))
    }

    private mutating func member(_ name: String, _ values: [String]) {
        guard !values.isEmpty else { return }
        append(name)
        for index in values.indices {
            append(index == 0 ? "[" : ",")
            quote(values[index])
        }
        append("]")
    }

    /// Pairs, not an object: an input may be there twice, and their order is kept.
    private mutating func member(_ name: String, _ inputs: [Record.Input]) {
        guard !inputs.isEmpty else { return }
        append(name)
        for index in inputs.indices {
            append(index == 0 ? "[[" : ",[")
            quote(inputs[index].name)
            append(",")
            quote(inputs[index].value)
            append("]")
        }
        append("]")
    }
}

extension RecordBody {
    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        if Self.isPlain(text.utf8.span) {
            append(text)
        } else {
            for byte in text.utf8 { escape(byte) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Whether all can stand as it is. Without a branch for each byte, so that it looks at many at once.
    private static func isPlain(_ text: Span<UInt8>) -> Bool {
        var escapes: UInt8 = 0
        for index in text.indices {
            let byte = text[index]
            escapes |= (byte < 0x20 ? 1 : 0) | (byte == 0x22 ? 1 : 0) | (byte == 0x5c ? 1 : 0)
        }
        return escapes == 0
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 0x22: append("\\\"")
        case 0x5c: append("\\\\")
        case 0x08: append("\\b")
        case 0x09: append("\\t")
        case 0x0a: append("\\n")
        case 0x0c: append("\\f")
        case 0x0d: append("\\r")
        case ..<0x20: append(byte < 0x10 ? "\\u000\(String(byte, radix: 16))" : "\\u001\(String(byte & 15, radix: 16))")
        default: bytes.append(byte)
        }
    }
}
