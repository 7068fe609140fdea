internal import GRDB
package import NumberPlan

/// What one operator does to one row.
extension LedgerStore {
    /// A new row, or a change of one that is there: columns that are not given stay as they are.
    package func set(
        _ row: [String: String], in table: LedgerTable, by act: LedgerAct, under plan: DialPlan
    ) throws {
        try change(act, under: plan) { try Self.set(row, in: table, &$0) }
    }

    /// Moves a trunk to another state, if it may.
    package func move(_ trunk: String, to state: TrunkState, by act: LedgerAct, under plan: DialPlan) throws {
        try change(act, under: plan) { change in
            let former = try Self.trunk(trunk, change).state
            guard former.next.contains(state) else { throw Self.refused("state", .stateNotNext(former, state)) }
            try Self.set(["name": trunk, "state": state.rawValue], in: .trunks, &change)
        }
    }

    /// Nobody approves twice of the same.
    package func approve(_ trunk: String, by act: LedgerAct, under plan: DialPlan) throws {
        try change(act, under: plan) { change in
            let people = try LedgerReading(change.db, .current).people(
                approving: try Self.trunk(trunk, change), andWriting: act.by)
            guard !people.contains(where: { LedgerAct.isOnePerson($0, act.by) }) else {
                throw Self.refused("by", .approvedAlready(people))
            }
            // A person's approvals are told apart by their seconds.
            let last = try Int.fetchOne(
                change.db, sql: "SELECT max(at) FROM approval WHERE trunk = ? AND \"by\" = ?",
                arguments: [trunk, act.by])
            let at = max(act.clock(), (last ?? -1) + 1)
            try Self.set(["trunk": trunk, "by": act.by, "at": String(at), "why": act.why], in: .approvals, &change)
        }
    }

    /// Ends a grant or a delegation at a time. One that has not begun by then goes.
    package func end(
        _ id: Int, in table: LedgerTable, at time: Int, by act: LedgerAct, under plan: DialPlan
    ) throws {
        try change(act, under: plan) { change in
            let sql = "SELECT valid_from FROM \(table.tableName) WHERE id = ? AND until IS NULL"
            guard let beginning = try Int.fetchOne(change.db, sql: sql, arguments: [id]) else {
                throw Self.refused("id", .unknown(table))
            }
            guard time > beginning else {
                try change.end([id.databaseValue], in: table)
                return change.touch(table, String(id), .command)
            }
            try Self.set(["id": String(id), "valid_to": String(time)], in: table, &change)
        }
    }

    /// Suspends the link with a peer, or takes it up again.
    package func move(
        peer carrier: String, to state: Peer.State, by act: LedgerAct, under plan: DialPlan
    ) throws {
        try change(act, under: plan) { change in
            try Self.requirePeer(carrier, change)
            try Self.set(["carrier": carrier, "state": state.rawValue], in: .peers, &change)
        }
    }

    package func remove(peer carrier: String, by act: LedgerAct, under plan: DialPlan) throws {
        try change(act, under: plan) { change in
            try Self.requirePeer(carrier, change)
            try change.end([carrier.databaseValue], in: .peers)
            change.touch(.peers, carrier, .command)
        }
    }

    package func peers() throws -> [Peer] {
        try database.read { try LedgerReading($0, .current).peers() }
    }

    package func trunks() throws -> [Trunk] {
        try database.read { try LedgerReading($0, .current).trunks() }
    }

    /// Who has approved of what may become of a trunk next: since it last changed.
    package func people(approving trunk: Trunk) throws -> [String] {
        try database.read { try LedgerReading($0, .current).people(approving: trunk, andWriting: "") }
    }

    /// Why no call goes over a trunk at a time; nil if it is open.
    package func closure(of trunk: Trunk, at time: Int) throws -> TrunkClosed? {
        try database.read { db in
            LedgerSnapshot(try LedgerReading(db, .current).loading(version: 0)).closure(of: trunk, at: time)
        }
    }

    private static func set(_ row: [String: String], in table: LedgerTable, _ change: inout OpenChange) throws {
        var rows = try RowImport(table, change.db)
        try rows.take(table.columns.map { row[$0] }, .command, into: &change)
        guard rows.faults.isEmpty else { throw LedgerError.rows(rows.faults) }
    }

    private static func trunk(_ name: String, _ change: OpenChange) throws -> Trunk {
        guard let trunk = try LedgerReading(change.db, .current).trunk(name) else {
            throw refused("trunk", .unknown(.trunks))
        }
        return trunk
    }

    private static func requirePeer(_ carrier: String, _ change: OpenChange) throws {
        guard try LedgerReading(change.db, .current).peers().contains(where: { $0.carrier == carrier }) else {
            throw refused("carrier", .unknown(.peers))
        }
    }

    private static func refused(_ column: String, _ reason: RowFault.Reason) -> LedgerError {
        .rows([RowFault(place: .command, column: column, reason: reason)])
    }
}

extension LedgerReading {
    fileprivate func people(approving trunk: Trunk, andWriting author: String) throws -> [String] {
        try people(approving: trunk.name, after: lastVersion(ofTrunk: trunk.name), andWriting: author)
    }
}
