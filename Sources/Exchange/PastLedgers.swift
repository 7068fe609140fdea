internal import Ledger

/// The ledgers on which calls were decided, each read once.
struct PastLedgers {
    private let sources: Tracing.Sources
    private let current: LedgerSnapshot
    private var read: [Int: LedgerSnapshot] = [:]
    /// More changes of the ledger in so short a time are no work for one answer.
    private static let most = 32

    init(_ sources: Tracing.Sources) { (self.sources, current) = (sources, sources.ledger()) }

    /// A ledger that was put back from a copy may not know a version: then today's has to do.
    mutating func ledger(of call: TracedCall) throws -> LedgerSnapshot {
        guard let version = call.ledgerVersion, version != current.version else { return current }
        if let known = read[version] { return known }
        let then: LedgerSnapshot
        do { then = try sources.ledgerThen(version) } catch LedgerError.noVersion { then = current }
        read[version] = then
        return then
    }

    mutating func trunk(of call: TracedCall) throws -> Trunk? {
        guard let name = call.trunk else { return nil }
        return try ledger(of: call).trunk(name)
    }

    mutating func left(_ call: TracedCall, by egress: String, _ circuit: Circuit) throws -> Bool {
        let isAtHand = call.ledgerVersion.map { read[$0] != nil || $0 == current.version } ?? true
        guard isAtHand || read.count < Self.most, let trunk = try ledger(of: call).trunk(egress) else { return false }
        return trunk.peer == circuit.peer && trunk.circuit == circuit.name
    }
}

/// By what name a peer and we have the trunk that a call is said to have gone by.
struct Circuit {
    let peer, name: String
}
