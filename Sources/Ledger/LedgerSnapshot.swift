package import NumberPlan

/// The ledger as it was at one version: a call takes one and works on it to its end.
package struct LedgerSnapshot: Sendable {
    private let contents: LedgerContents

    package var version: Int { contents.version }

    /// What names something that is not there (a holding's carrier, a grant's trunk) does not count: nothing can be asked of it.
    ///
    /// - Parameter grants: in the order of their ids.
    package init(
        version: Int, carriers: [Carrier] = [], holdings: [(carrier: String, range: NumberRange)] = [],
        ported: some Sequence<(number: TelephoneNumber, carrier: String)> = [], customers: [Customer] = [],
        licences: [Licence] = [], peers: [Peer] = [], trunks: [Trunk] = [],
        grants: some Sequence<Grant> = [Grant](), delegations: [Delegation] = [], listings: [Listing] = []
    ) {
        var loading = Loading(
            version: version, carriers: carriers, customers: customers, licences: licences, peers: peers,
            trunks: trunks, delegations: delegations, listings: listings)
        for holding in holdings { loading.add(holding: holding.range, of: holding.carrier) }
        for entry in ported { loading.add(ported: entry.number, to: entry.carrier) }
        for grant in grants { loading.add(grant) }
        self.init(loading)
    }

    init(_ loading: consuming Loading) { contents = LedgerContents(loading) }

    private init(_ contents: LedgerContents) { self.contents = contents }
}

extension LedgerSnapshot {
    /// The ledger after these changes. It shares its large tables with this one, and holds over them what has become of their rows.
    package func applying(_ changes: LedgerChanges) -> LedgerSnapshot {
        LedgerSnapshot(LedgerContents(contents, changes))
    }

    /// Few enough to be gone through at each change.
    package static let longestOverlay = 20_000

    /// Whether so much lies over a table that ``merged(beyond:)`` pays.
    package var isMergeDue: Bool { max(contents.grants.overlaid, contents.ported.overlaid) > Self.longestOverlay }

    /// The same, with new tables for those over which more than so many rows lie. While it is made, one of them is there twice.
    package func merged(beyond longest: Int = longestOverlay) -> LedgerSnapshot {
        LedgerSnapshot(LedgerContents(merging: contents, beyond: longest))
    }
}

extension LedgerSnapshot {
    package func trunk(_ name: String) -> Trunk? {
        contents.trunks[name]
    }

    package func carrier(_ spc: String) -> Carrier? {
        contents.carriers[spc]
    }

    /// The carrier of this SPC, if there is a link with it or one that is suspended.
    package func peer(_ spc: String) -> Peer? { contents.peers[spc] }

    /// The names of the trunks to a carrier that have a circuit: of those that are shut, too. It goes through all trunks.
    package func trunks(to peer: String, circuit: String) -> Set<String> {
        Set(contents.trunks.all.filter { $0.peer == peer && $0.circuit == circuit }.map(\.name))
    }

    /// In the order of their SPCs.
    package var peers: [Peer] { contents.peers.values.sorted { $0.carrier < $1.carrier } }

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
        guard let place = contents.trunks.place(ofKnown: trunk.name) else { return nil }
        let found = contents.grants.first(covering: number) { grant, terms in
            grant.trunk == place && fault(of: grant, terms, for: number, on: trunk, at: now) == nil
        }
        return found?.grant(on: trunk.name)
    }

    /// Why none does, where there is one for this trunk: of the most specific.
    package func grantFault(of number: TelephoneNumber, on trunk: Trunk, at now: Int) -> GrantFault? {
        guard let place = contents.trunks.place(ofKnown: trunk.name),
            let found = contents.grants.first(covering: number, where: { grant, _ in grant.trunk == place })
        else { return nil }
        return fault(of: found.entry, found.terms, for: number, on: trunk, at: now)
    }

    private func fault(
        of grant: GrantEntry, _ terms: GrantTerms, for number: TelephoneNumber, on trunk: Trunk, at now: Int
    ) -> GrantFault? {
        if now < grant.from { return .notBegun }
        if now >= grant.to { return .ended }
        guard terms.isOutbound, trunk.use != .hotline else { return .notOutbound }
        if let use = terms.use, let stated = trunk.use, use != stated { return .otherUse }
        if let hours = terms.hours, !hours.contain(now) { return .outsideHours }
        if let id = terms.delegation {
            guard let delegation = delegation(id), delegation.range.contains(number),
                delegation.delegate == trunk.customer.map(Party.customer), isInForce(delegation, at: now),
                has(root(of: delegation), number, at: now)
            else { return .delegationNotInForce }
        }
        return nil
    }
}

extension LedgerSnapshot {
    /// Whose number it is: the carrier to which it was ported, else the one that holds the most specific range with it.
    package func holder(of number: TelephoneNumber) -> Carrier? {
        if let place = contents.ported.place(of: number), let carrier = contents.carriers[place] { return carrier }
        guard let nearest = contents.holdings.mostSpecific(covering: number) else { return nil }
        return contents.carriers[nearest]
            ?? contents.holdings.first(covering: number) { contents.carriers[$0] != nil }
            .flatMap { contents.carriers[$0] }
    }

    /// Whether the ranges of these carriers together cover this one. Numbers ported away are not subtracted.
    package func hold(_ codes: [String], _ range: NumberRange) -> Bool {
        let places = codes.compactMap { contents.carriers.place(ofKnown: $0) }
        return !places.isEmpty && contents.holdings.covers(range) { places.contains($0) }
    }

    package func delegation(_ id: Int) -> Delegation? { contents.delegations[id] }

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

    /// Whether a delegation passes on numbers of that carrier, be it after others.
    package func goesBack(delegation id: Int, to carrier: Carrier) -> Bool {
        delegation(id).map { root(of: $0) == .carrier(carrier.spc) } ?? false
    }

    /// The delegation by which one of these carriers may use a number of this holder's now.
    package func delegation(
        of number: TelephoneNumber, from holder: Carrier, to codes: [String], at now: Int
    ) -> Delegation? {
        contents.delegations.first(covering: number) { delegation in
            guard case .carrier(let spc) = delegation.delegate, codes.contains(spc) else { return false }
            return root(of: delegation) == .carrier(holder.spc) && isInForce(delegation, at: now)
        }
    }

    /// Whether a number is still that party's own: a carrier's that holds it, or a customer's who may use it.
    private func has(_ party: Party, _ number: TelephoneNumber, at now: Int) -> Bool {
        switch party {
        case .carrier(let spc): return holder(of: number)?.spc == spc
        case .customer(let id):
            return contents.grants.first(covering: number) { grant, terms in
                guard terms.delegation == nil, grant.from <= now, now < grant.to,
                    let trunk = contents.trunks[grant.trunk]
                else { return false }
                return trunk.customer == id && closure(of: trunk, at: now) == nil
            } != nil
        }
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
        contents.listings.contains(number) { listing in
            listing.list == list && listing.from <= now && listing.to.map { now < $0 } ?? true
        }
    }
}
