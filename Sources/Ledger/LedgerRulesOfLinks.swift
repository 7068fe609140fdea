internal import GRDB

extension LedgerRules {
    /// An assertion names its circuit: that is one trunk of the peer's, and there is a peer to hand it over to.
    mutating func checkLinks() throws {
        guard !touched(.trunks).isEmpty else { return }
        let linked = try now.trunks().filter { $0.circuit != nil }
        guard !linked.isEmpty else { return }
        let trunks = Dictionary(linked.map { ($0.name, $0) }) { $1 }
        let ofCircuit = Dictionary(grouping: linked.filter { $0.state != .shut }) { [$0.peer, $0.circuit] }
        let peers = Set(try now.peers().map(\.carrier))
        for (name, place) in touched(.trunks) where faults.count < LedgerStore.mostFaults {
            guard let trunk = trunks[name] else { continue }
            if trunk.hasHandover, !peers.contains(trunk.peer ?? "") { refuse(place, "peer", .unknown(.peers)) }
            guard trunk.state != .shut,
                let other = ofCircuit[[trunk.peer, trunk.circuit]]?.first(where: { $0.name != name })
            else { continue }
            refuse(place, "circuit", .circuitTaken(other.name))
        }
    }
}
