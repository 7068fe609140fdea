extension Span<UInt8> {
    /// The first place from `start` on whose byte `isSought`.
    ///
    /// Looks at many bytes at once, without a branch for each: what is sought is usually hundreds of bytes away.
    @inline(__always)
    func firstIndex(from start: Int, where isSought: (UInt8) -> Bool) -> Int? {
        var index = start
        while count - index >= 32 {
            let block = extracting(index..<index + 32)
            var found: UInt8 = 0
            for place in block.indices { found |= isSought(block[place]) ? 1 : 0 }
            guard found == 0 else { break }
            index += 32
        }
        while index < count {
            if isSought(self[index]) { return index }
            index += 1
        }
        return nil
    }
}
