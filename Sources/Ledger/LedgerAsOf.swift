internal import GRDB
package import NumberPlan

/// Who could show a number at a moment, over which trunk.
package struct NumberAnswer: Sendable {
    package struct OnTrunk: Sendable {
        package let trunk: Trunk
        /// Why no call went over the trunk at all.
        package let closed: TrunkClosed?
        /// By which the number could be shown.
        package let grant: Grant?
        /// Why there was a grant and it did not let the number be shown.
        package let fault: GrantFault?
        /// Under which the trunk's customer offered the trunk's service.
        package let licence: Licence?

        /// Also the number of the access line itself needs no grant.
        package var isLine: Bool
        package var mayShow: Bool { closed == nil && (grant != nil || isLine) }
    }

    /// Of the ledger, then.
    package let version: Int
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
                version: version, holder: snapshot.holder(of: number), isPorted: ported != nil,
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
        let grant = grant(of: number, on: trunk, at: time)
        return NumberAnswer.OnTrunk(
            trunk: trunk, closed: closure(of: trunk, at: time), grant: grant,
            fault: grant == nil ? grantFault(of: number, on: trunk, at: time) : nil, licence: licence,
            isLine: trunk.line == number)
    }
}
