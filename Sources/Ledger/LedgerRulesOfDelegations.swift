internal import GRDB
internal import NumberPlan

extension LedgerRules {
    /// Also those by which a changed one is passed on: what its end moves to must still hold theirs. Whatever is wrong with
    /// one, it can be ended earlier than it would have.
    mutating func checkDelegations() throws {
        guard !touched(.delegations).isEmpty else { return }
        let all = try now.delegations()
        let delegations = Dictionary(all.map { ($0.id, $0) }) { $1 }
        let former = Dictionary(try before.delegations().map { ($0.id, $0) }) { $1 }
        var places: [Int: RowFault.Place] = [:]
        for (key, place) in touched(.delegations) { if let id = Int(key) { places[id] = place } }
        for delegation in all where faults.count < LedgerStore.mostFaults {
            var place = delegation.parent.flatMap { places[$0] }
            if let own = places[delegation.id] {
                let isShorter = former[delegation.id].map { delegation.to ?? .max <= $0.to ?? .max } ?? false
                if !isShorter { place = own }
            }
            guard let place else { continue }
            if let (column, reason) = try fault(of: delegation, among: delegations) { refuse(place, column, reason) }
        }
    }

    private func fault(
        of delegation: Delegation, among all: [Int: Delegation]
    ) throws -> (column: String, reason: RowFault.Reason)? {
        guard let parent = delegation.parent else {
            return try has(delegation.delegator, delegation.range) ? nil : ("delegator", .delegatorHasNot)
        }
        guard let above = all[parent] else { return ("parent", .unknown(.delegations)) }
        guard above.isOnward else { return ("parent", .notOnward) }
        guard above.delegate == delegation.delegator else { return ("parent", .delegatedToOther) }
        guard above.range.contains(delegation.range), above.from <= delegation.from,
            delegation.to ?? .max <= above.to ?? .max
        else { return ("parent", .outsideDelegation) }
        return isTooDeep(delegation, among: all) ? ("parent", .delegatedTooOften) : nil
    }

    /// A cycle is deeper than any limit.
    private func isTooDeep(_ delegation: Delegation, among all: [Int: Delegation]) -> Bool {
        var current = delegation, steps = 1
        while let above = current.parent.flatMap({ all[$0] }) {
            steps += 1
            guard steps <= LedgerSnapshot.longestDelegation else { return true }
            current = above
        }
        return false
    }

    private func has(_ party: Party, _ range: NumberRange) throws -> Bool {
        switch party {
        case .carrier(let spc):
            if range.first == range.last, let carrier = try now.ported(range.first) { return carrier == spc }
            let held = try now.holdings(of: spc).map { ($0, UInt32(0)) }
            return RangeTable(held).covers(range) { _ in true }
        case .customer(let id):
            return try now.grants(ofCustomer: id).contains { $0.delegation == nil && $0.range.contains(range) }
        }
    }
}
