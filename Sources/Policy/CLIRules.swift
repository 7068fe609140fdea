package import Ledger
internal import NumberPlan

extension RulesInForce {
    /// The rules of the trunk's class, one after the other; the first that has something to say decides.
    ///
    /// - Parameter roaming: what was answered about the number; nil before anybody was asked.
    package func ruling(
        on shown: ShownNumber, over trunk: Trunk, callsEmergency: Bool, roaming: RoamingAnswer?
    ) -> CLIRuling {
        if callsEmergency { return .emergency }
        do throws(CLIRefusal) {
            try checkForm(of: shown, over: trunk)
            // Without a plan, what is no number is the token's to fail by.
            if plan.country == nil, shown.number == nil, trunk.isFromOtherCarrier { return .open }
            let number = try number(shown, over: trunk)
            return switch trunk.trunkClass {
            case .international: try fromAbroad(number, roaming)
            case .enterprise, .access, .interconnect: try domestic(number, trunk)
            }
        } catch {
            return .refused(error.rule, error.fault)
        }
    }

    /// C-05, N1.
    private func checkForm(of shown: ShownNumber, over trunk: Trunk) throws(CLIRefusal) {
        let isConforming = DialPlan.isConforming(raw: shown.raw)
        let isHidden = shown.isRestricted || !isConforming && DialPlan.isAnonymous(raw: shown.raw)
        guard !isHidden || trunk.trunkClass != .enterprise else { throw CLIRefusal(.hidden) }
        guard isConforming || plan.country == nil else { throw CLIRefusal(.syntax) }
    }

    /// N10, and what of N1, N2 and N7 shows while a number is read.
    private func number(_ shown: ShownNumber, over trunk: Trunk) throws(CLIRefusal) -> TelephoneNumber {
        let isInternational = trunk.trunkClass == .international
        switch shown.reading {
        case .success(let reading):
            guard !isInternational || reading.form == .international || plan.country == nil else {
                throw CLIRefusal(.noCountryCode)
            }
            return reading.number
        case .failure(.internationalServiceCode):
            throw CLIRefusal(isInternational ? .fixedFromAbroad : .unallocated)
        case .failure(.noCountryCode), .failure(.trunkPrefixAfterCountryCode), .failure(.unknownNationalForm):
            throw CLIRefusal(.unallocated)
        case .failure: throw CLIRefusal(.syntax)
        }
    }
}

/// What the rules ask of a plan about a number.
private enum Origin {
    case own(Allocation)
    case foreign
    /// The plan is of no country, and knows nothing.
    case unknown
}

extension RulesInForce {
    /// N2.
    private func origin(of number: TelephoneNumber) throws(CLIRefusal) -> Origin {
        guard plan.country != nil else { return .unknown }
        switch plan.standing(of: number) {
        case .allocated(let allocation): return .own(allocation)
        case .foreign: return .foreign
        case .unallocated: throw CLIRefusal(.unallocated)
        }
    }

    /// N3, C-09.
    private func checkOrigination(of number: TelephoneNumber, _ origin: Origin) throws(CLIRefusal) {
        if case .own(let allocation) = origin, allocation.origination == .no { throw CLIRefusal(.doNotOriginate) }
        if ledger.isListed(number, in: .doNotOriginate, at: now) { throw CLIRefusal(.doNotOriginate) }
        if ledger.isListed(number, in: .badNumber, at: now) { throw CLIRefusal(.badNumber) }
        switch shared(on: number)?.entry.list {
        case .doNotOriginate: throw CLIRefusal(.doNotOriginate)
        case .badNumber: throw CLIRefusal(.badNumber)
        // It is for a token to say whether its holder has granted the number anew.
        case .shutTrunk, nil: break
        }
    }

    /// N2, N7, N3, C-09, N8, N9, N11.
    private func fromAbroad(_ number: TelephoneNumber, _ roaming: RoamingAnswer?) throws(CLIRefusal) -> CLIRuling {
        let origin = try origin(of: number)
        if case .own(let allocation) = origin, allocation.fromAbroad == .no { throw CLIRefusal(.fixedFromAbroad) }
        try checkOrigination(of: number, origin)
        guard !ledger.isListed(number, in: .protected, at: now) else { throw CLIRefusal(.protected) }
        switch origin {
        case .foreign: return .foreign
        case .unknown: return .open
        case .own(let allocation):
            guard allocation.fromAbroad == .roaming else { return .open }
            return try whetherRoaming(number, roaming)
        }
    }

    private func whetherRoaming(_ number: TelephoneNumber, _ answer: RoamingAnswer?) throws(CLIRefusal) -> CLIRuling {
        switch answer {
        case nil: return .asksRoaming(number)
        case .abroad: return .roaming
        case .home: throw CLIRefusal(.notRoaming)
        case .unknown:
            switch whenRoamingUnknown {
            case .withhold: return .withheld
            case .pass: return .unvouched
            case .block: throw CLIRefusal(.roamingUnknown)
            }
        }
    }
}

extension RulesInForce {
    /// N2, N3, C-09, N15, N12, N5, N6, N4.
    private func domestic(_ number: TelephoneNumber, _ trunk: Trunk) throws(CLIRefusal) -> CLIRuling {
        // A code has no E.164 form: behind the country code it is nobody's number.
        guard !plan.isOwnCodeBehindCountryCode(number) else { throw CLIRefusal(.unallocated) }
        let origin = try origin(of: number)
        try checkOrigination(of: number, origin)
        if isProtected(number, origin) {
            guard let grant = exactGrant(of: number, trunk) else { throw CLIRefusal(.protected) }
            return trunk.trunkClass == .interconnect ? .open : .proven(grant: grant.id)
        }
        return switch trunk.trunkClass {
        case .enterprise: try enterprise(number, origin, trunk)
        case .access: try accessLine(number, origin, trunk)
        case .interconnect, .international: interconnect(number, origin, trunk)
        }
    }

    /// A code is granted by itself, and not with those beside it.
    private func grant(of number: TelephoneNumber, _ origin: Origin, _ trunk: Trunk) -> Grant? {
        origin.isCode ? exactGrant(of: number, trunk) : ledger.grant(of: number, on: trunk, at: now)
    }

    private func exactGrant(of number: TelephoneNumber, _ trunk: Trunk) -> Grant? {
        ledger.grant(of: number, on: trunk, at: now).flatMap { $0.range.first == $0.range.last ? $0 : nil }
    }

    /// N5.
    private func checkUser(_ origin: Origin, _ trunk: Trunk) throws(CLIRefusal) {
        guard case .own(let allocation) = origin, allocation.origination == .yes, let id = trunk.customer,
            let customer = ledger.customer(id), customer.kind.isCallCentre
        else { return }
        throw CLIRefusal(.userNumber)
    }

    private func isProtected(_ number: TelephoneNumber, _ origin: Origin) -> Bool {
        if case .own(let allocation) = origin, allocation.isProtected { return true }
        return ledger.isListed(number, in: .protected, at: now)
    }

    private func enterprise(
        _ number: TelephoneNumber, _ origin: Origin, _ trunk: Trunk
    ) throws(CLIRefusal) -> CLIRuling {
        try checkUser(origin, trunk)
        if let grant = grant(of: number, origin, trunk) { return .proven(grant: grant.id) }
        throw CLIRefusal(
            origin.isGrantedAlone ? .codeNotGranted : .notGranted, ledger.grantFault(of: number, on: trunk, at: now))
    }

    private func accessLine(
        _ number: TelephoneNumber, _ origin: Origin, _ trunk: Trunk
    ) throws(CLIRefusal) -> CLIRuling {
        try checkUser(origin, trunk)
        if let grant = grant(of: number, origin, trunk) { return .proven(grant: grant.id) }
        if origin.isGrantedAlone {
            throw CLIRefusal(.codeNotGranted, ledger.grantFault(of: number, on: trunk, at: now))
        }
        if trunk.line == number { return .proven(grant: nil) }
        if case .foreign = origin { throw CLIRefusal(.notGranted) }
        return .open
    }

    private func interconnect(_ number: TelephoneNumber, _ origin: Origin, _ trunk: Trunk) -> CLIRuling {
        if case .foreign = origin { return .foreignFromGateway }
        return origin.isGrantedAlone && grant(of: number, origin, trunk) == nil ? .openToHolder : .open
    }
}

extension Origin {
    fileprivate var isCode: Bool {
        if case .own(let allocation) = self { allocation.origination == .ledger } else { false }
    }

    /// Codes and machines' numbers, which nobody shows without a grant.
    fileprivate var isGrantedAlone: Bool {
        guard case .own(let allocation) = self else { return false }
        return allocation.origination == .ledger || allocation.origination == .restricted
    }
}
