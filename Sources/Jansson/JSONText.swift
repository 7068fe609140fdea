internal import Glibc

/// JSON text written piece by piece, for texts whose members are known beforehand: no tree is built, and nothing is
/// allocated once the buffer has grown to what is usual.
///
/// It writes exactly what it is told to; that names, commas and brackets are in place is the caller's part.
@safe package struct JSONText: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    package private(set) var count = 0

    package init(capacity: Int = 4_096) {
        self.capacity = max(capacity, 64)
        unsafe start = UnsafeMutablePointer.allocate(capacity: self.capacity)
    }

    deinit { unsafe start.deallocate() }

    /// Without giving the memory back.
    package mutating func removeAll() { count = 0 }

    /// What has been written between two values of ``count``.
    package func withBytes<Result>(_ range: Range<Int>, _ body: (RawSpan) -> Result) -> Result {
        precondition(0 <= range.lowerBound && range.upperBound <= count, "only what has been written can be read")
        return body(unsafe RawSpan(_unsafeStart: start + range.lowerBound, byteCount: range.count))
    }

    /// All that has been written.
    package func withSpan<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        body(unsafe Span(_unsafeStart: start, count: count))
    }

    /// A copy of what has been written.
    package var bytes: [UInt8] { unsafe Array(UnsafeBufferPointer(start: start, count: count)) }

    /// As it is: punctuation and names.
    package mutating func raw(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        makeRoom(for: length)
        unsafe memcpy(start + count, text.utf8Start, length)
        count += length
    }

    package mutating func number(_ number: Int) {
        makeRoom(for: Self.mostDigits)
        if number < 0 { append(UInt8(ascii: "-")) }
        var rest = number.magnitude, length = 1
        while rest >= 10 { (rest, length) = (rest / 10, length + 1) }
        rest = number.magnitude
        for place in (count..<count + length).reversed() {
            unsafe start[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += length
    }

    /// A string with its quotes, escaped as RFC 8259 §7 demands and not further: quotation mark, reverse solidus and the
    /// control characters.
    package mutating func string(_ text: String) {
        let text = text.utf8.span
        unsafe text.withUnsafeBufferPointer { text in
            guard unsafe Self.isPlain(text), let source = text.baseAddress else {
                append(UInt8(ascii: "\""))
                unsafe escape(text)
                return append(UInt8(ascii: "\""))
            }
            makeRoom(for: text.count + 2)
            unsafe start[count] = UInt8(ascii: "\"")
            unsafe memcpy(start + count + 1, source, text.count)
            unsafe start[count + text.count + 1] = UInt8(ascii: "\"")
            count += text.count + 2
        }
    }

    /// Of an `Int`, with its sign.
    private static let mostDigits = 20

    private mutating func makeRoom(for more: Int) {
        guard capacity - count < more else { return }
        let grown = max(2 * capacity, count + more)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: grown)
        unsafe memcpy(moved, start, count)
        unsafe start.deallocate()
        unsafe start = moved
        capacity = grown
    }

    /// Without a branch for each byte, so that it looks at many at once.
    private static func isPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var escapes: UInt8 = 0
        for index in text.indices {
            let byte = unsafe text[index]
            escapes |= (byte < 0x20 ? 1 : 0) | (byte == 0x22 ? 1 : 0) | (byte == 0x5C ? 1 : 0)
        }
        return escapes == 0
    }

    private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
        for index in text.indices {
            let byte = unsafe text[index]
            switch byte {
            case UInt8(ascii: "\""): raw("\\\"")
            case UInt8(ascii: "\\"): raw("\\\\")
            case 0x08: raw("\\b")
            case 0x09: raw("\\t")
            case 0x0A: raw("\\n")
            case 0x0C: raw("\\f")
            case 0x0D: raw("\\r")
            case ..<0x20:
                raw(byte < 0x10 ? "\\u000" : "\\u001")
                append(Self.hexadecimal[Int(byte & 0xF)])
            default: append(byte)
            }
        }
    }

    private static let hexadecimal = Array("0123456789abcdef".utf8)

    private mutating func append(_ byte: UInt8) {
        makeRoom(for: 1)
        unsafe start[count] = byte
        count += 1
    }
}
