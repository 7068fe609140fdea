/// When to tell an operator that the ledger cannot be read: at once, at once for another reason, and again each minute.
package struct LedgerAlarm: Sendable {
    private var told: (reason: String, at: Int)?

    /// In seconds, between two times that it is told.
    private static let pause = 60

    package init() {}

    /// Whether this failure is to be told.
    ///
    /// - Parameter now: Unix time.
    package mutating func isToBeTold(_ reason: String, at now: Int) -> Bool {
        if let told, told.reason == reason, (told.at..<told.at + Self.pause).contains(now) { return false }
        told = (reason, now)
        return true
    }

    /// Whether reading it, which has gone well, did not go well before.
    package mutating func isOver() -> Bool {
        defer { told = nil }
        return told != nil
    }
}
