internal import GRDB
internal import NumberPlan

extension LedgerRules {
    /// A grant to be checked, and the row of the change that makes it necessary: its own, its trunk's or its customer's. An
    /// access line's own number is as if it were granted.
    struct Checked {
        enum Cause { case grant, line, trunk, customer }

        let grant: Grant
        let customer: String?
        let cause: Cause
        let place: RowFault.Place
    }

    mutating func checkGrants() throws {
        let trunks = Dictionary(try trunksOfGrants().map { ($0.name, $0) }) { $1 }
        let checked = try touchedGrants(trunks)
        guard !checked.isEmpty else { return }
        let callCentres = Set(try now.customers().filter(\.kind.isCallCentre).map(\.id))
        let delegations = Dictionary(try now.delegations().map { ($0.id, $0) }) { $1 }
        for one in checked where faults.count < LedgerStore.mostFaults {
            if one.cause == .grant || one.cause == .line, let reason = planFault(of: one.grant.range) {
                try refuse(one, "first", reason)
            } else if one.cause == .grant, one.grant.isOutbound, areCodes(one.grant.range) {
                try refuse(one, "last", .codesTogether)
            } else if one.cause == .line, isGrantedAlone(one.grant.range.first) {
                try refuse(one, "first", .notALine)
            } else if let customer = one.customer, callCentres.contains(customer), mayHoldUserNumbers(one.grant.range) {
                try refuse(one, "first", .userNumberUsedAsServiceNumber)
            } else if let id = one.grant.delegation, !Self.covers(delegations[id], one) {
                try refuse(one, "delegation", .outsideDelegation)
            }
        }
        guard faults.isEmpty else { return }
        try checkOthers(checked, trunks)
        guard faults.isEmpty else { return }
        try checkApprovals(of: checked, trunks)
    }

    /// What an active trunk may show is approved of as its papers are. One that is new comes with its approvals, and one that
    /// is not active yet is approved of with its numbers.
    private mutating func checkApprovals(of checked: [Checked], _ trunks: [String: Trunk]) throws {
        var settled: Set<String> = []
        for one in checked where one.cause == .grant && !settled.contains(one.grant.trunk) {
            let name = one.grant.trunk
            let isActive = try trunks[name]?.state == .active && before.trunk(name)?.state == .active
            if try isActive && isOnlyShortened(one.grant) { continue }
            settled.insert(name)
            guard isActive else { continue }
            let people = try people(approving: name)
            if people.count < 2 { refuse(one.place, "trunk", .missing(.approvals(people))) }
        }
    }

    /// Whatever is wrong with a grant, it can be ended earlier than it would have.
    private mutating func refuse(_ one: Checked, _ column: String, _ reason: RowFault.Reason) throws {
        if one.cause == .grant, try isOnlyShortened(one.grant) { return }
        refuse(one.place, one.cause == .line ? "line" : column, reason)
    }

    private func isOnlyShortened(_ grant: Grant) throws -> Bool {
        try before.grant(grant.id).map { grant.to ?? .max <= $0.to ?? .max } ?? false
    }

    /// None if nothing that bears on grants was touched: there may be many trunks.
    private func trunksOfGrants() throws -> [Trunk] {
        let isTouched = [LedgerTable.grants, .trunks, .customers].contains { !touched($0).isEmpty }
        return isTouched ? try now.trunks() : []
    }

    /// Those of the change, lines that it changes, those of trunks that it gives to another customer, and of customers whom it
    /// makes a call centre.
    private func touchedGrants(_ trunks: [String: Trunk]) throws -> [Checked] {
        var checked: [Checked] = []
        try eachTouchedGrant { grant, place in
            let customer = trunks[grant.trunk]?.customer
            checked.append(Checked(grant: grant, customer: customer, cause: .grant, place: place))
        }
        for (name, place) in touched(.trunks) {
            guard let trunk = trunks[name] else { continue }
            let former = try before.trunk(name)
            if let line = trunk.line, trunk.state != .shut, former?.line != line || former?.customer != trunk.customer {
                let own = Grant(id: 0, trunk: name, range: NumberRange(only: line), from: time)
                checked.append(Checked(grant: own, customer: trunk.customer, cause: .line, place: place))
            }
            guard let former, former.customer != trunk.customer else { continue }
            try now.eachGrant(on: name) {
                checked.append(Checked(grant: $0, customer: trunk.customer, cause: .trunk, place: place))
            }
        }
        guard !touched(.customers).isEmpty else { return checked }
        let callers = Set(try before.customers().filter(\.kind.isCallCentre).map(\.id))
        for (id, place) in touched(.customers) where !callers.contains(id) {
            for grant in try now.grants(ofCustomer: id) {
                checked.append(Checked(grant: grant, customer: id, cause: .customer, place: place))
            }
        }
        return checked
    }

    /// Many are found faster by reading all.
    private func eachTouchedGrant(_ body: (Grant, RowFault.Place) -> Void) throws {
        guard touched(.grants).count > OpenChange.mostNoted else {
            for (key, place) in touched(.grants) {
                if let grant = try Int(key).flatMap({ try now.grant($0) }) { body(grant, place) }
            }
            return
        }
        let places = Dictionary(touched(.grants).compactMap { row in Int(row.key).map { ($0, row.place) } }) { $1 }
        try now.eachGrant { grant in
            if let place = places[grant.id] { body(grant, place) }
        }
    }

    /// Numbers that the plan gives to nobody cannot be granted: a code with digits behind it is not that code.
    private func planFault(of range: NumberRange) -> RowFault.Reason? {
        for number in [range.first, range.last] {
            if case .unallocated(let why, _) = plan.standing(of: number) {
                return .unallocated(number.description, why)
            }
        }
        return nil
    }

    /// What counts for a code is a grant of exactly its digits.
    private func areCodes(_ range: NumberRange) -> Bool {
        range.first != range.last && [range.first, range.last].contains { origination(of: $0) == .ledger }
    }

    /// Codes and machines' numbers, which are no line's.
    private func isGrantedAlone(_ number: TelephoneNumber) -> Bool {
        let origination = origination(of: number)
        return origination == .ledger || origination == .restricted
    }

    private func origination(of number: TelephoneNumber) -> Origination? {
        if case .allocated(let allocation) = plan.standing(of: number) { allocation.origination } else { nil }
    }

    /// Between two allocations there may be others.
    private func mayHoldUserNumbers(_ range: NumberRange) -> Bool {
        switch (plan.standing(of: range.first), plan.standing(of: range.last)) {
        case (.allocated(let first), .allocated(let last)):
            first !== last || first.origination == .yes
        case (.foreign, .foreign): false
        default: true
        }
    }

    private static func covers(_ delegation: Delegation?, _ one: Checked) -> Bool {
        guard let delegation, let customer = one.customer else { return false }
        return delegation.delegate == .customer(customer) && delegation.range.contains(one.grant.range)
    }
}

extension LedgerRules {
    /// Numbers that two customers are granted at once are one's by delegation.
    private mutating func checkOthers(_ checked: [Checked], _ trunks: [String: Trunk]) throws {
        let own = checked.filter { $0.grant.delegation == nil && $0.customer != nil && $0.cause != .customer }
        guard !own.isEmpty, Set(trunks.values.compactMap(\.customer)).count > 1 else { return }
        let index = GrantIndex(own)
        var found: [(one: Checked, other: Int)] = []
        try now.eachUndelegatedGrant { other in
            guard found.count < LedgerStore.mostFaults, let customer = trunks[other.trunk]?.customer,
                let one = index.first(crossing: other, of: customer)
            else { return }
            found.append((one, other.id))
        }
        for (one, other) in found { try refuse(one, "first", .notDelegated(grant: other)) }
    }
}

/// The grants of a change, to be asked for those that cross another's.
private struct GrantIndex {
    private let grants: [LedgerRules.Checked]
    private let ranges: RangeTable
    /// In order of the first number.
    private let starts: [CountryCode?: [(first: Digits, place: Int)]]

    init(_ grants: [LedgerRules.Checked]) {
        self.grants = grants
        ranges = RangeTable(grants.enumerated().map { ($1.grant.range, UInt32($0)) })
        starts = Dictionary(grouping: grants.indices) { grants[$0].grant.range.first.country }
            .mapValues { places in
                places.map { (grants[$0].grant.range.first.digits, $0) }.sorted { $0.0 < $1.0 }
            }
    }

    /// Of two ranges that cross, one covers the other's first number.
    func first(crossing other: Grant, of customer: String) -> LedgerRules.Checked? {
        func conflicts(_ place: Int) -> Bool {
            let one = grants[place]
            return one.customer != customer && one.grant.from < other.to ?? .max && other.from < one.grant.to ?? .max
        }
        if let place = ranges.first(covering: other.range.first, where: { conflicts(Int($0)) }) {
            return grants[Int(place)]
        }
        let starts = starts[other.range.first.country] ?? []
        var place = starts.partitioningIndex { $0.first >= other.range.first.digits }
        while place < starts.count, starts[place].first <= other.range.last.digits {
            if conflicts(starts[place].place) { return grants[starts[place].place] }
            place += 1
        }
        return nil
    }
}

extension Array {
    /// Of the first element for which the predicate holds, as it does for all behind it.
    fileprivate func partitioningIndex(where belongs: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
