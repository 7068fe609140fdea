internal import CLibCrypto

/// Bytes from libcrypto's generator, drawn some at a time, because each draw costs more than the bytes do.
package struct RandomBytes {
    private var pool = [UInt8](repeating: 0, count: 1024)
    /// How many of the pool, from its beginning, nobody has had yet.
    private var left = 0

    package init() {}

    /// A UUID of version 4 (RFC 9562 §5.4), in lower case.
    package mutating func uuid() -> String {
        let start = draw(16)
        var text = InlineArray<36, UInt8>(repeating: UInt8(ascii: "-"))
        var place = 0
        for index in 0..<16 {
            var byte = pool[start + index]
            if index == 6 { byte = byte & 0x0F | 0x40 }
            if index == 8 { byte = byte & 0x3F | 0x80 }
            if index == 4 || index == 6 || index == 8 || index == 10 { place += 1 }
            text[place] = Self.digit(byte >> 4)
            text[place + 1] = Self.digit(byte & 15)
            place += 2
        }
        return unsafe text.span.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    package mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = min(count - bytes.count, pool.count)
            let start = draw(more)
            bytes += pool[start..<start + more]
        }
        return bytes
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
    }

    /// Where in the pool so many bytes stand that nobody has had; it has room for as many.
    private mutating func draw(_ count: Int) -> Int {
        if left < count { fill() }
        left -= count
        return left
    }

    private mutating func fill() {
        var span = pool.mutableSpan
        let outcome = unsafe span.withUnsafeMutableBufferPointer { pool in
            unsafe RAND_bytes(pool.baseAddress, Int32(pool.count))
        }
        // A generator that has failed must never hand out zeros as if they were random.
        precondition(outcome == 1, "libcrypto's random generator failed")
        left = pool.count
    }
}
