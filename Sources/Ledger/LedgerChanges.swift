package import NumberPlan

/// What became of a ledger between two of its versions, for a snapshot to take up without being built anew.
///
/// Tables that stay small come whole when anything in them has changed, and are nil otherwise; the others by row.
package struct LedgerChanges: Sendable {
    package enum Change<Row: Sendable>: Sendable {
        case set(Row)
        case removed
    }

    /// A carrier's range: a row that is there or not.
    package struct Holding: Hashable, Sendable {
        package let carrier: String
        package let range: NumberRange

        package init(carrier: String, range: NumberRange) {
            self.carrier = carrier
            self.range = range
        }
    }

    /// That the changes lead to.
    package let version: Int
    package var carriers: [Carrier]?
    package var peers: [Peer]?
    package var customers: [Customer]?
    package var licences: [Licence]?
    package var delegations: [Delegation]?
    package var listings: [Listing]?
    package var holdings: [Holding: Change<Holding>] = [:]
    /// To which carrier each number was ported.
    package var ported: [TelephoneNumber: Change<String>] = [:]
    package var trunks: [String: Change<Trunk>] = [:]
    /// By id.
    package var grants: [Int: Change<Grant>] = [:]

    package init(version: Int) { self.version = version }
}

extension LedgerChanges.Change {
    /// Nil if it was removed.
    var row: Row? {
        switch self {
        case .set(let row): row
        case .removed: nil
        }
    }
}
