internal import NumberPlan

/// All grants: a large table, and over it what has become of some.
struct Grants: Sendable {
    private struct Overlay: Sendable {
        /// By id; the table's grants of these ids are no longer so.
        let changes: [Int: LedgerChanges.Change<Grant>]
        /// Those of them that are set.
        let table: GrantTable
    }

    private let base: GrantTable
    /// Nil where nothing has changed.
    private let overlay: Overlay?

    init(_ base: GrantTable) { self.init(base, nil) }

    private init(_ base: GrantTable, _ overlay: Overlay?) {
        self.base = base
        self.overlay = overlay
    }

    /// The most specific that satisfies the predicate.
    func first(
        covering number: TelephoneNumber, where accepts: (GrantEntry, GrantTerms) -> Bool
    ) -> FoundGrant? {
        guard let overlay else { return base.first(covering: number, where: accepts) }
        let old = base.first(covering: number) { !overlay.changes.keys.contains($0.id) && accepts($0, $1) }
        guard let new = overlay.table.first(covering: number, where: accepts) else { return old }
        guard let old, old.isMoreSpecific(than: new) else { return new }
        return old
    }

    /// - Parameter trunks: where trunks that are granted something get their places.
    func applying(_ changes: [Int: LedgerChanges.Change<Grant>], trunks: inout Register<Trunk>) -> Grants {
        if changes.isEmpty { return self }
        let all = (overlay?.changes ?? [:]).merging(changes) { $1 }
        var builder = GrantTable.Builder()
        for grant in Self.set(in: all) { builder.add(grant, trunk: trunks.place(of: grant.trunk)) }
        return Grants(base, Overlay(changes: all, table: GrantTable(builder)))
    }

    /// How many lie over the table.
    var overlaid: Int { overlay?.changes.count ?? 0 }

    /// The same as one table.
    func merged(trunks: Register<Trunk>) -> Grants {
        guard let overlay else { return self }
        var builder = GrantTable.Builder(), trunks = trunks
        let others = Self.set(in: overlay.changes).map { ($0, trunks.place(of: $0.trunk)) }
        builder.add(base, where: { !overlay.changes.keys.contains($0) }, and: others)
        return Grants(GrantTable(builder))
    }

    /// In the order of their ids.
    private static func set(in changes: [Int: LedgerChanges.Change<Grant>]) -> [Grant] {
        changes.values.compactMap(\.row).sorted { $0.id < $1.id }
    }
}
