package import Certificates
package import Ledger
package import NumberPlan
package import PASSporT
package import Policy

/// What may be said of a call's caller: what plan and ledger prove, before key and clock are asked.
package struct SigningRight: Sendable {
    package let caller: TelephoneNumber
    package let callees: [TelephoneNumber]
    /// The highest level that the ledger proves (ATIS-1000074 §5.2.3, RFC 8588 §4).
    package let attestation: Attestation
    package let trunk: Trunk
    /// The id of what lets the trunk show the number, if that is a grant.
    package let grant: Int?
}

/// What plan and ledger say of a call that is to be signed.
package enum SigningRuling: Sendable {
    /// To emergency numbers and to nobody else; nil where nothing can be signed.
    case emergency(SigningRight?)
    case allowed(SigningRight)
    case refused(Refusal)
    /// Nothing can be said before somebody has said where this number's subscriber is.
    case asksRoaming(TelephoneNumber)

    package var right: SigningRight? {
        switch self {
        case .emergency(let right): right
        case .allowed(let right): right
        case .refused, .asksRoaming: nil
        }
    }
}

extension RulesInForce {
    /// A pure function: of one call, one signer, one plan, one ledger and one time there is one ruling.
    ///
    /// - Parameter signer: what the certificate speaks for whose key would sign; nil where none does.
    package func ruling(
        on call: OriginatingCall, signer: TNAuthList?, roaming: RoamingAnswer?
    ) -> SigningRuling {
        let callees = call.dest.map { callee in Result { () throws(NumberFault) in try plan.number(from: callee) } }
        let isEmergency = callsEmergency(call.dest, callees)
        do throws(Refusal) {
            let numbers = try numbers(of: callees)
            let trunk = try openTrunk(call.trunk)
            let shown = ShownNumber(call.orig, isRestricted: call.isRestricted, plan: plan)
            let ruling = ruling(on: shown, over: trunk, callsEmergency: false, roaming: roaming)
            if case .asksRoaming(let number) = ruling, !isEmergency { return .asksRoaming(number) }
            var level = try attestation(ruling, trunk, isEmergency: isEmergency)
            let caller = try caller(shown)
            if isShutByHolder(caller), !ruling.isProven, !isEmergency { throw Refusal.cli(CLIRefusal(.doNotOriginate)) }
            if min(level, call.attestationCeiling ?? .full) == .full, isAnothers(caller, trunk, signer) {
                guard isEmergency else { throw Refusal.heldByAnother }
                level = .partial
            }
            let right = SigningRight(
                caller: caller, callees: numbers, attestation: level, trunk: trunk, grant: ruling.grant)
            return isEmergency ? .emergency(right) : .allowed(right)
        } catch {
            return isEmergency ? .emergency(nil) : .refused(error)
        }
    }

    /// Whether the call goes to emergency numbers, and to nobody else: another callee beside one must not be reached on its
    /// terms.
    package func callsEmergency(_ dest: [String]) -> Bool {
        callsEmergency(
            dest, dest.map { callee in Result { () throws(NumberFault) in try plan.number(from: callee) } })
    }

    private func callsEmergency(_ dest: [String], _ callees: [Result<TelephoneNumber, NumberFault>]) -> Bool {
        !callees.isEmpty
            && zip(dest, callees).allSatisfy { dest, callee in
                switch callee {
                case .success(let number): plan.isEmergency(number)
                case .failure: DialPlan.isEmergency(uri: dest)
                }
            }
    }

    private func openTrunk(_ name: String?) throws(Refusal) -> Trunk {
        guard let name else { throw .noTrunk }
        guard let trunk = ledger.trunk(name) else { throw .unknownTrunk }
        if let closed = ledger.closure(of: trunk, at: now) { throw .trunkClosed(closed) }
        return trunk
    }

    /// What can stand in `orig`: digits only, no longer than E.164 allows (RFC 8224 §8.3).
    private func caller(_ shown: ShownNumber) throws(Refusal) -> TelephoneNumber {
        guard let caller = shown.number, caller.digits.isDecimal, caller.digits.count <= Passport.longestOrigin else {
            throw .cli(CLIRefusal(.syntax))
        }
        return caller
    }

    /// N14, before there is a token. A certificate that names numbers is believed of them whatever the ledger says, and of
    /// others not at all if it names no carrier.
    private func isAnothers(_ caller: TelephoneNumber, _ trunk: Trunk, _ signer: TNAuthList?) -> Bool {
        guard let signer, !signer.covers(caller.digits), !signer.serviceProviderCodes.isEmpty,
            let holder = ledger.otherHolder(of: caller, than: signer.serviceProviderCodes, at: now)
        else { return false }
        // A grant counts only while the delegation that it rests on does.
        let delegation = ledger.grant(of: caller, on: trunk, at: now)?.delegation
        return delegation.map { !ledger.goesBack(delegation: $0, to: holder) } ?? true
    }

    private func numbers(of callees: [Result<TelephoneNumber, NumberFault>]) throws(Refusal) -> [TelephoneNumber] {
        guard !callees.isEmpty else { throw .noCallee }
        do throws(NumberFault) {
            return try callees.map { callee throws(NumberFault) in try callee.get() }
        } catch {
            throw .calleeNotANumber(error)
        }
    }

    /// A: the ledger gives the number to this trunk. B: a subscriber of ours, of whom no more is known. C: another let the
    /// call in.
    private func attestation(
        _ ruling: CLIRuling, _ trunk: Trunk, isEmergency: Bool
    ) throws(Refusal) -> Attestation {
        let isGateway = trunk.isFromOtherCarrier
        switch ruling {
        case .proven where !isGateway: return .full
        case .open where trunk.trunkClass == .access: return .partial
        case .open, .proven, .roaming, .foreign, .unvouched: return .gateway
        case .foreignFromGateway where trunk.peer.flatMap({ ledger.carrier($0) })?.isGateway == true: return .gateway
        // Whatever is against it, and a little less is said of it.
        case _ where isEmergency: return isGateway ? .gateway : .partial
        case .foreignFromGateway: throw .cli(CLIRefusal(.notFromGateway))
        // Its holder would have signed it.
        case .openToHolder: throw .cli(CLIRefusal(.codeNotGranted))
        case .withheld, .asksRoaming: throw .numberWithheld
        case .refused(let rule, let fault): throw .cli(CLIRefusal(rule, fault))
        case .emergency: return .partial
        }
    }
}

extension CLIRuling {
    fileprivate var grant: Int? { if case .proven(let grant) = self { grant } else { nil } }
}

extension SignerAuthority {
    /// Of the certificate that signs here, as a record keeps it.
    package init(own signer: TNAuthList, over caller: TelephoneNumber) {
        self.init(
            serviceProviderCodes: signer.serviceProviderCodes, namesNumber: signer.covers(caller.digits),
            codesOfPath: signer.serviceProviderCodes, obligations: [])
    }
}
