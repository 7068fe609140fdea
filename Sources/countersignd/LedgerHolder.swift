internal import Ledger
internal import Synchronization

/// The ledger as every call sees it: one value, swapped whole.
final class LedgerHolder: Sendable {
    private let current: Mutex<LedgerSnapshot>

    init(_ snapshot: LedgerSnapshot) { current = Mutex(snapshot) }

    var snapshot: LedgerSnapshot {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}
