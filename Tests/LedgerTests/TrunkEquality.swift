package import Ledger

/// A trunk is handed on by reference; to these tests, trunks of which the ledger says the same are equal.
extension Trunk: Hashable {
    private var all: [AnyHashable?] {
        [
            name, trunkClass, state, customer, peer, line, service, use, contract, enrolledFrom, circuit, hasHandover,
        ]
    }

    package static func == (one: Trunk, other: Trunk) -> Bool { one.all == other.all }

    package func hash(into hasher: inout Hasher) { hasher.combine(all) }
}
