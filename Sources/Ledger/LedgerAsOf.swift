internal import GRDB
package import NumberPlan

/// What the ledger had at a moment of a number, and of the trunks over which it could be shown. Whether it could, the rules say.
package struct NumberAnswer: Sendable {
    package struct OnTrunk: Sendable {
        package let trunk: Trunk
        /// By which the number could be shown.
        package let grant: Grant?
        /// Under which the trunk's customer offered the trunk's service.
        package let licence: Licence?
    }

    /// As much of the ledger of then as bears on the number.
    package let snapshot: LedgerSnapshot
    package let holder: Carrier?
    /// Whether the holder has the number because it was ported.
    package let isPorted: Bool
    package let trunks: [OnTrunk]
}

extension LedgerStore {
    /// - Parameter trunk: only this one; nil for all that have a grant or a line with the number.
    package func answer(on number: TelephoneNumber, trunk: String? = nil, at time: Int) throws -> NumberAnswer {
        try database.read { db in
            let version = try Self.version(db, at: time)
            let reading = LedgerReading(db, try Self.past(version, db))
            var loading = try reading.loading(version: version)
            try reading.eachHolding { loading.add(holding: $0.range, of: $0.carrier) }
            let ported = try reading.ported(number)
            if let ported { loading.add(ported: number, to: ported) }
            var granted: Set<String> = []
            try reading.eachGrant(of: number, on: trunk) {
                granted.insert($0.trunk)
                loading.add($0)
            }
            let trunks = try reading.trunks().filter { one in
                trunk.map { one.name == $0 } ?? (granted.contains(one.name) || one.line == number)
            }
            let licences = try reading.licences(), snapshot = LedgerSnapshot(loading)
            return NumberAnswer(
                snapshot: snapshot, holder: snapshot.holder(of: number), isPorted: ported != nil,
                trunks: trunks.map { snapshot.answer(on: number, trunk: $0, licences, at: time) })
        }
    }
}

extension LedgerSnapshot {
    fileprivate func answer(
        on number: TelephoneNumber, trunk: Trunk, _ licences: [Licence], at time: Int
    ) -> NumberAnswer.OnTrunk {
        let today = LedgerDay(containing: time)
        let licence = licences.first { licence in
            licence.customer == trunk.customer && licence.from <= today && today <= licence.to ?? today
                && trunk.service.map(licence.scope.contains) == true
        }
        return NumberAnswer.OnTrunk(
            trunk: trunk, grant: grant(of: number, on: trunk, at: time), licence: licence)
    }
}
