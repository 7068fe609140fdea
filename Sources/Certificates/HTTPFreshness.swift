/// What an answer says of how long it may be kept (RFC 9111).
package struct HTTPFreshness: Hashable, Sendable {
    /// Seconds from when it came; 0 if it was stale or what it says cannot be understood, nil if it says nothing.
    package let seconds: Int?
    /// False with `no-store`: in memory, but not on a disk.
    package let mayBeStored: Bool

    package init(seconds: Int?, mayBeStored: Bool) {
        self.seconds = seconds
        self.mayBeStored = mayBeStored
    }

    /// Of an answer that says nothing.
    package static let unsaid = HTTPFreshness(seconds: nil, mayBeStored: true)

    /// For how long a chain is good without asking again. SHAKEN wants a day at least, whatever HTTP says
    /// (ATIS-1000074 §5.3.1); `strictly`, less than a day is obeyed, and only silence counts as `day`.
    package func lifetime(_ day: Int, strictly: Bool) -> Int {
        guard let seconds else { return day }
        // Even what is stale at once serves the calls that wait for it.
        return strictly ? max(Self.shortest, seconds) : max(day, seconds)
    }

    private static let shortest = 5
}
