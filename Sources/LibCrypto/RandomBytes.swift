internal import CLibCrypto

/// Bytes from libcrypto's generator, drawn some at a time, because each draw costs more than the bytes do.
package struct RandomBytes {
    private var pool: [UInt8] = []

    package init() {}

    /// A UUID of version 4 (RFC 9562 §5.4), in lower case.
    package mutating func uuid() -> String {
        var bytes = InlineArray<16, UInt8> { _ in next() }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let text = [UInt8](capacity: 36) { text in
            for index in bytes.indices {
                if index == 4 || index == 6 || index == 8 || index == 10 { text.append(UInt8(ascii: "-")) }
                text.append(Self.digit(bytes[index] >> 4))
                text.append(Self.digit(bytes[index] & 15))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    package mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in next() } }

    private static func digit(_ value: UInt8) -> UInt8 {
        value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
    }

    private mutating func next() -> UInt8 {
        if let byte = pool.popLast() { return byte }
        pool = [UInt8](repeating: 0, count: 1024)
        var span = pool.mutableSpan
        let outcome = unsafe span.withUnsafeMutableBufferPointer { pool in
            unsafe RAND_bytes(pool.baseAddress, Int32(pool.count))
        }
        // A generator that has failed must never hand out zeros as if they were random.
        precondition(outcome == 1, "libcrypto's random generator failed")
        return pool.removeLast()
    }
}
