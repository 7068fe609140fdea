extension String {
    /// Two digits for each byte.
    init(hexadecimal bytes: some Sequence<UInt8>) {
        self = bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    /// Whether it is so many digits, with `a` to `f` and not `A` to `F`.
    func isHexadecimal(_ count: Int) -> Bool {
        utf8.count == count
            && utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
    }
}
