package import NumberPlan

/// The ledger as it was at one version: a call takes one and works on it to its end.
package struct LedgerSnapshot: Sendable {
    /// Behind one reference, since every call takes the whole.
    private final class Contents: Sendable {
        let version: Int
        let carriers: [Carrier]
        let carrierPlaces: [String: Int]
        /// Places in `carriers`.
        let holdings: RangeTable
        /// Places in `carriers`.
        let ported: [TelephoneNumber: UInt32]
        let customers: [String: Customer]
        let licences: [String: [Licence]]
        let trunks: [Trunk]
        let trunkPlaces: [String: Int]
        let grants: [GrantEntry]
        /// Places in `grants`.
        let granted: RangeTable
        let delegations: [Delegation]
        let delegationPlaces: [Int: Int]
        /// Places in `delegations`.
        let delegated: RangeTable
        let listings: [Listing]
        /// Places in `listings`.
        let listed: RangeTable

        init(_ loading: consuming Loading) {
            version = loading.version
            carriers = loading.carriers
            carrierPlaces = loading.carrierPlaces
            ported = loading.ported
            customers = loading.customers
            licences = loading.licences
            trunks = loading.trunks
            trunkPlaces = loading.trunkPlaces
            grants = loading.grants
            delegations = loading.delegations
            delegationPlaces = Dictionary(loading.delegations.enumerated().map { ($1.id, $0) }) { $1 }
            delegated = RangeTable(loading.delegations.enumerated().map { ($1.range, UInt32($0)) })
            listings = loading.listings
            listed = RangeTable(loading.listings.enumerated().map { ($1.range, UInt32($0)) })
            holdings = RangeTable(loading.holdings)
            granted = RangeTable(loading.granted)
        }
    }

    private let contents: Contents

    package var version: Int { contents.version }

    /// What is named but not there (a holding's carrier, a grant's trunk) is left out: nothing can be asked of it.
    package init(
        version: Int, carriers: [Carrier] = [], holdings: [(carrier: String, range: NumberRange)] = [],
        ported: [(number: TelephoneNumber, carrier: String)] = [], customers: [Customer] = [],
        licences: [Licence] = [], trunks: [Trunk] = [], grants: [Grant] = [], delegations: [Delegation] = [],
        listings: [Listing] = []
    ) {
        var loading = Loading(
            version: version, carriers: carriers, customers: customers, licences: licences, trunks: trunks,
            delegations: delegations, listings: listings)
        for holding in holdings { loading.add(holding: holding.range, of: holding.carrier) }
        for entry in ported { loading.add(ported: entry.number, to: entry.carrier) }
        for grant in grants { loading.add(grant) }
        self.init(loading)
    }

    init(_ loading: consuming Loading) { contents = Contents(loading) }
}

extension LedgerSnapshot {
    package func trunk(_ name: String) -> Trunk? {
        contents.trunkPlaces[name].map { contents.trunks[$0] }
    }

    package func carrier(_ spc: String) -> Carrier? {
        contents.carrierPlaces[spc].map { contents.carriers[$0] }
    }

    package func customer(_ id: String) -> Customer? { contents.customers[id] }

    /// Why no call goes over a trunk now; nil if it is open. A licence that ends with a day closes it at that day's midnight.
    package func closure(of trunk: Trunk, at now: Int) -> TrunkClosed? {
        guard trunk.state == .active else { return .state(trunk.state) }
        guard trunk.trunkClass == .enterprise, let service = trunk.service else { return nil }
        let licences = trunk.customer.flatMap { contents.licences[$0] } ?? []
        var closed = TrunkClosed.licenceMissing
        for licence in licences where licence.scope.contains(service) {
            if now < licence.from.start {
                closed = .licenceNotBegun
            } else if let last = licence.to, now >= last.end {
                closed = .licenceEnded
            } else {
                return nil
            }
        }
        return closed
    }
}

extension LedgerSnapshot {
    /// The most specific grant that lets this trunk show this number now.
    package func grant(of number: TelephoneNumber, on trunk: Trunk, at now: Int) -> Grant? {
        guard let place = contents.trunkPlaces[trunk.name] else { return nil }
        let found = contents.granted.firstEntry(covering: number) { entry in
            let grant = contents.grants[Int(entry)]
            return grant.trunk == place && fault(of: grant, for: number, on: trunk, at: now) == nil
        }
        return found.map { range, entry in self.grant(contents.grants[Int(entry)], of: range, on: trunk.name) }
    }

    /// Why none does, where there is one for this trunk: of the most specific.
    package func grantFault(of number: TelephoneNumber, on trunk: Trunk, at now: Int) -> GrantFault? {
        guard let place = contents.trunkPlaces[trunk.name],
            let entry = contents.granted.first(
                covering: number, where: { contents.grants[Int($0)].trunk == place })
        else { return nil }
        return fault(of: contents.grants[Int(entry)], for: number, on: trunk, at: now)
    }

    private func fault(
        of grant: GrantEntry, for number: TelephoneNumber, on trunk: Trunk, at now: Int
    ) -> GrantFault? {
        if now < grant.from { return .notBegun }
        if now >= grant.to { return .ended }
        guard grant.isOutbound else { return .notOutbound }
        if let use = grant.use, let stated = trunk.use, use != stated { return .otherUse }
        if let hours = grant.hours, !hours.contain(now) { return .outsideHours }
        if let id = grant.delegation {
            guard let delegation = delegation(id), delegation.range.contains(number),
                delegation.delegate == trunk.customer.map(Party.customer), isInForce(delegation, at: now)
            else { return .delegationNotInForce }
        }
        return nil
    }

    private func grant(_ entry: GrantEntry, of range: NumberRange, on trunk: String) -> Grant {
        Grant(
            id: entry.id, trunk: trunk, range: range, use: entry.use, isOutbound: entry.isOutbound,
            hours: entry.hours, from: entry.from, to: entry.to == .max ? nil : entry.to,
            delegation: entry.delegation)
    }
}

extension LedgerSnapshot {
    /// Whose number it is: the carrier to which it was ported, else the one that holds the most specific range with it.
    package func holder(of number: TelephoneNumber) -> Carrier? {
        let place = contents.ported[number] ?? contents.holdings.mostSpecific(covering: number)
        return place.map { contents.carriers[Int($0)] }
    }

    /// Whether the ranges of these carriers together cover this one. Numbers ported away are not subtracted.
    package func hold(_ codes: [String], _ range: NumberRange) -> Bool {
        let places = codes.compactMap { contents.carrierPlaces[$0] }
        return !places.isEmpty && contents.holdings.covers(range) { places.contains(Int($0)) }
    }

    package func delegation(_ id: Int) -> Delegation? {
        contents.delegationPlaces[id].map { contents.delegations[$0] }
    }

    /// Whether it holds now, and all by which its delegator has the numbers.
    package func isInForce(_ delegation: Delegation, at now: Int) -> Bool {
        var next: Delegation? = delegation, steps = 0
        while let current = next {
            guard current.from <= now, current.to.map({ now < $0 }) ?? true, steps < Self.longestDelegation else {
                return false
            }
            guard let parent = current.parent else { return true }
            guard let above = self.delegation(parent), above.isOnward, above.delegate == current.delegator,
                above.range.contains(current.range)
            else { return false }
            next = above
            steps += 1
        }
        return false
    }

    package static let longestDelegation = 8

    /// The delegation by which one of these carriers may use a number of this holder's now.
    package func delegation(
        of number: TelephoneNumber, from holder: Carrier, to codes: [String], at now: Int
    ) -> Delegation? {
        let place = contents.delegated.first(covering: number) { place in
            let delegation = contents.delegations[Int(place)]
            guard case .carrier(let spc) = delegation.delegate, codes.contains(spc) else { return false }
            return root(of: delegation) == .carrier(holder.spc) && isInForce(delegation, at: now)
        }
        return place.map { contents.delegations[Int($0)] }
    }

    private func root(of delegation: Delegation) -> Party {
        var current = delegation
        for _ in 0..<Self.longestDelegation {
            guard let parent = current.parent.flatMap({ self.delegation($0) }) else { break }
            current = parent
        }
        return current.delegator
    }

    package func isListed(_ number: TelephoneNumber, in list: Listing.List, at now: Int) -> Bool {
        contents.listed.first(covering: number) { place in
            let listing = contents.listings[Int(place)]
            return listing.list == list && listing.from <= now && listing.to.map { now < $0 } ?? true
        } != nil
    }
}
