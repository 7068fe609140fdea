/// Who changes the ledger, why and when: each change keeps it.
package struct LedgerAct: Hashable, Sendable {
    package static let longestBy = 64
    package static let longestWhy = 200

    package let by: String
    package let why: String
    /// In seconds since 1970.
    package let at: Int

    package init(by: String, why: String, at: Int) {
        self.by = by
        self.why = why
        self.at = at
    }
}
