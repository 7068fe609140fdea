extension Span<UInt8> {
    /// The first place from `start` on whose byte is sought.
    ///
    /// Looks at many bytes at once, without a branch for each: what is sought is usually hundreds of bytes away.
    ///
    /// - Parameter flag: 1 for what is sought, 0 for all else. The compiler sees to it that many are looked at at once if it is
    ///   made of two comparisons or more, each as a number (`$0 < 0x20 ? 1 : 0`), joined by `|` or `&`: `||` is a branch.
    @inlinable @inline(__always)
    package func firstIndex(from start: Int = 0, flagged flag: (UInt8) -> UInt8) -> Int? {
        var index = start
        while count - index >= 32 {
            let block = extracting(index..<index + 32)
            var found: UInt8 = 0
            for place in block.indices { found |= flag(block[place]) }
            guard found == 0 else { break }
            index += 32
        }
        while index < count {
            if flag(self[index]) != 0 { return index }
            index += 1
        }
        return nil
    }

    @inlinable @inline(__always)
    package func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
        firstIndex(from: start) { ($0 <= byte ? 1 : 0) & ($0 >= byte ? 1 : 0) }
    }
}

/// Of bytes that do not stand for themselves in a JSON string, or may not: quotation mark, reverse solidus, control
/// characters, and what is beyond ASCII. For ``Swift/Span/firstIndex(from:flagged:)``.
@inlinable package func isSpecialInJSON(_ byte: UInt8) -> UInt8 {
    (byte < 0x20 ? 1 : 0) | (byte >= 0x7F ? 1 : 0) | (byte == UInt8(ascii: "\"") ? 1 : 0)
        | (byte == UInt8(ascii: "\\") ? 1 : 0)
}
