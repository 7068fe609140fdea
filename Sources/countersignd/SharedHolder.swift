internal import Policy
internal import Synchronization

/// What peers have told of numbers as every call sees it: one value, swapped whole.
final class SharedHolder: Sendable {
    private let held = Mutex(SharedNumbers.none)

    var current: SharedNumbers {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }
}
