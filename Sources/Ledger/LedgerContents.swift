internal import NumberPlan

/// What a snapshot holds, behind one reference, since every call takes the whole.
final class LedgerContents: Sendable {
    let version: Int
    let carriers: Register<Carrier>
    let peers: [String: Peer]
    /// Places in `carriers`.
    let holdings: RangeTable
    let ported: PortedNumbers
    let customers: [String: Customer]
    let licences: [String: [Licence]]
    let trunks: Register<Trunk>
    let grants: Grants
    let delegations: DelegationTable
    let listings: ListingTable

    init(_ loading: consuming Loading) {
        version = loading.version
        carriers = loading.carriers
        peers = loading.peers.byCarrier
        customers = loading.customers
        licences = loading.licences
        trunks = loading.trunks
        delegations = DelegationTable(loading.delegations)
        listings = ListingTable(loading.listings)
        holdings = RangeTable(loading.holdings, of: loading.carriers)
        ported = PortedNumbers(NumberTable(loading.ported))
        grants = Grants(GrantTable(loading.grants))
    }

    /// After the changes.
    init(_ old: LedgerContents, _ changes: LedgerChanges) {
        var carriers = old.carriers, trunks = old.trunks
        if let rows = changes.carriers { carriers.replace(with: rows, name: \.spc) }
        for (name, change) in changes.trunks { trunks[name] = change.row }
        version = changes.version
        holdings = old.holdings.applying(changes.holdings, carriers: &carriers)
        ported = old.ported.applying(changes.ported, carriers: &carriers)
        grants = old.grants.applying(changes.grants, trunks: &trunks)
        peers = changes.peers?.byCarrier ?? old.peers
        customers = changes.customers?.byID ?? old.customers
        licences = changes.licences?.byCustomer ?? old.licences
        delegations = changes.delegations.map(DelegationTable.init) ?? old.delegations
        listings = changes.listings.map(ListingTable.init) ?? old.listings
        self.carriers = carriers
        self.trunks = trunks
    }

    /// The same, with new tables for those over which more than so many rows lie.
    init(merging old: LedgerContents, beyond longest: Int) {
        ported = old.ported.overlaid > longest ? old.ported.merged() : old.ported
        grants = old.grants.overlaid > longest ? old.grants.merged(trunks: old.trunks) : old.grants
        (version, holdings) = (old.version, old.holdings)
        (carriers, customers, licences, trunks) = (old.carriers, old.customers, old.licences, old.trunks)
        (peers, delegations, listings) = (old.peers, old.delegations, old.listings)
    }
}

extension RangeTable {
    /// Of carriers that hold the very same range the one with the greatest code counts: whatever the ledger went through on its
    /// way to this version, one answer.
    fileprivate convenience init(_ holdings: consuming Builder, of carriers: Register<Carrier>) {
        let ranks = carriers.ranks
        holdings.order { ranks[Int($0)] }
        self.init(holdings)
    }

    /// Carriers' ranges change seldom, so they have no overlay: the table is made anew, from itself.
    fileprivate func applying(
        _ changes: [LedgerChanges.Holding: LedgerChanges.Change<LedgerChanges.Holding>],
        carriers: inout Register<Carrier>
    ) -> RangeTable {
        if changes.isEmpty { return self }
        var builder = Builder()
        builder.add(self, except: changes.keys.map { ($0.range, carriers.place(of: $0.carrier)) })
        for holding in changes.values.compactMap(\.row) {
            builder.add(holding.range, carriers.place(of: holding.carrier))
        }
        return RangeTable(builder, of: carriers)
    }
}
