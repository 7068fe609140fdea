internal import GRDB
package import NumberPlan

extension LedgerStore {
    /// The whole ledger as it is now.
    package func snapshot() throws -> LedgerSnapshot {
        try database.read { db in try LedgerReading(db, .current).snapshot(version: Self.version(db)) }
    }

    /// The whole ledger as it was at a version.
    package func snapshot(asOf version: Int) throws -> LedgerSnapshot {
        try database.read { db in try LedgerReading(db, Self.past(version, db)).snapshot(version: version) }
    }

    /// As much of a version as it takes to decide on calls with one number, and over one trunk if that is given: the large
    /// tables are not read whole.
    package func snapshot(asOf version: Int, trunk: String?, number: TelephoneNumber) throws -> LedgerSnapshot {
        try database.read { db in
            let reading = LedgerReading(db, try Self.past(version, db))
            var loading = try reading.loading(version: version)
            try reading.eachHolding { loading.add(holding: $0.range, of: $0.carrier) }
            if let carrier = try reading.ported(number) { loading.add(ported: number, to: carrier) }
            try reading.eachGrant(of: number, on: trunk) { loading.add($0) }
            return LedgerSnapshot(loading)
        }
    }

    /// Without any numbers: for what a trunk was at a version, and its customer.
    package func snapshotOfTrunks(asOf version: Int) throws -> LedgerSnapshot {
        try database.read { db in
            LedgerSnapshot(try LedgerReading(db, Self.past(version, db)).loading(version: version))
        }
    }

    /// The version that was in force at a time, in seconds since 1970.
    package func version(at time: Int) throws -> Int {
        try database.read { try Self.version($0, at: time) }
    }

    static func version(_ db: Database, at time: Int) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT max(version) FROM change WHERE at <= ?", arguments: [time]) ?? 0
    }

    /// A ledger that is older than its history knows nothing of what was before.
    static func past(_ version: Int, _ db: Database) throws -> LedgerReading.Epoch {
        let isKnown = try Bool.fetchOne(
            db,
            sql: """
                SELECT EXISTS (SELECT 1 FROM change WHERE version = ?1)
                    OR ?1 = 0 AND ifnull((SELECT min(version) FROM change), 1) = 1
                """, arguments: [version])
        guard isKnown == true else { throw LedgerError.noVersion(version) }
        return .past(version)
    }
}
