internal import GRDB

/// What must be there before calls go over a trunk.
package enum ActivationItem: Hashable, Sendable {
    case customer, entity, service, licence, contract, use, peer
    case licenceScope(String)
    case licenceInForce
    /// Of two by different people; who has approved.
    case approvals([String])
}

extension ActivationItem: CustomStringConvertible {
    package var description: String {
        switch self {
        case .customer: "customer_missing: name the customer"
        case .entity: "entity_missing: the customer's legal entity is not verified; enter its registration as entity"
        case .service: "service_missing: state the service that the licence must cover"
        case .licence: "licence_missing: the customer has no licence"
        case .licenceScope(let service): "licence_out_of_scope: no licence of the customer covers \(service)"
        case .licenceInForce: "licence_not_in_force: the customer's licence for this service does not hold today"
        case .contract: "contract_missing: name the contract"
        case .use: "use_missing: state what the calls are for"
        case .peer: "peer_missing: name the carrier at the other end"
        case .approvals(let people):
            "approvals_missing: two different people must approve; so far: "
                + (people.isEmpty ? "nobody" : people.joined(separator: ", "))
        }
    }
}

extension TrunkState {
    /// Those that may follow. Nothing leads back to an application.
    package var next: Set<TrunkState> {
        switch self {
        case .applied: [.reviewed, .shut]
        case .reviewed: [.active, .shut]
        case .active: [.suspended, .shut]
        case .suspended: [.active, .shut]
        case .shut: [.active, .suspended]
        }
    }
}

extension LedgerRules {
    mutating func checkTrunks() throws {
        guard !touched(.trunks).isEmpty else { return }
        let customers = Dictionary(try now.customers().map { ($0.id, $0) }) { $1 }
        let licences = Dictionary(grouping: try now.licences(), by: \.customer)
        for (name, place) in touched(.trunks) where faults.count < LedgerStore.mostFaults {
            guard let trunk = try now.trunk(name) else { continue }
            let former = try before.trunk(name)
            if let former, former.state != trunk.state, !former.state.next.contains(trunk.state) {
                refuse(place, "state", .stateNotNext(former.state, trunk.state))
                continue
            }
            guard Self.needsApproval(trunk, former) else { continue }
            var missing: [ActivationItem] = []
            if trunk.state == .active {
                missing = missingPapers(trunk, trunk.customer.flatMap { customers[$0] }, licences)
            }
            let people = try people(approving: trunk, former)
            if people.count < 2 { missing.append(.approvals(people)) }
            for item in missing { refuse(place, nil, .missing(item)) }
        }
    }

    /// An active trunk whose papers change is activated anew: else one customer's trunk could become another's.
    private static func needsApproval(_ trunk: Trunk, _ former: Trunk?) -> Bool {
        guard let former else { return trunk.state == .active }
        if former.state == .shut { return trunk.state != .shut }
        guard trunk.state == .active else { return false }
        return former.state != .active || trunk.trunkClass != former.trunkClass || trunk.customer != former.customer
            || trunk.peer != former.peer || trunk.service != former.service || trunk.use != former.use
            || trunk.contract != former.contract || trunk.line != former.line
    }

    private func missingPapers(
        _ trunk: Trunk, _ customer: Customer?, _ licences: [String: [Licence]]
    ) -> [ActivationItem] {
        var missing: [ActivationItem] = []
        switch trunk.trunkClass {
        case .enterprise:
            guard let customer else {
                missing.append(.customer)
                break
            }
            if customer.entity == nil { missing.append(.entity) }
            if let service = trunk.service {
                missing += missingLicence(for: service, licences[customer.id] ?? [])
            } else {
                missing.append(.service)
            }
        case .interconnect, .international: if trunk.peer == nil { missing.append(.peer) }
        case .access: break
        }
        if trunk.contract == nil { missing.append(.contract) }
        if trunk.use == nil { missing.append(.use) }
        return missing
    }

    private func missingLicence(for service: String, _ licences: [Licence]) -> [ActivationItem] {
        guard !licences.isEmpty else { return [.licence] }
        let covering = licences.filter { $0.scope.contains(service) }
        guard !covering.isEmpty else { return [.licenceScope(service)] }
        let today = LedgerDay(containing: time)
        return covering.contains { $0.from <= today && today <= $0.to ?? today } ? [] : [.licenceInForce]
    }

    private func people(approving trunk: Trunk, _ former: Trunk?) throws -> [String] {
        // Those of a trunk that is new come with it, as they are in an export.
        guard former != nil else { return try now.people(approving: trunk.name, after: 0, andWriting: nil) }
        return try people(approving: trunk.name)
    }

    /// Of what this change makes of a trunk that is there.
    func people(approving trunk: String) throws -> [String] {
        try now.people(approving: trunk, after: before.lastVersion(ofTrunk: trunk), andWriting: change.act.by)
    }
}

extension LedgerReading {
    /// Who has approved of a trunk after a version, so that no approval counts twice, and none of papers or numbers that have
    /// been exchanged since. What counts is in which change an approval came, not the time written on it.
    ///
    /// - Parameter author: of the change that is being made. Unless it is nil, an approval counts only if who made it has
    ///   written it into the ledger too: nobody approves for others.
    func people(approving trunk: String, after version: Int, andWriting author: String?) throws -> [String] {
        var seen: Set<String> = []
        return try approvals(of: trunk, after: version).compactMap { person, writer in
            if let author, !LedgerAct.isOnePerson(person, writer ?? author) { return nil }
            return seen.insert(LedgerAct.folded(person)).inserted ? person : nil
        }
    }

    /// Of the last change that touched a trunk or its grants.
    func lastVersion(ofTrunk name: String) throws -> Int {
        max(try versions(ofTrunk: name).first?.since ?? 0, try lastVersion(ofGrantsOn: name))
    }
}
