package import Certificates
package import LibCrypto
package import Ledger
package import NumberPlan
package import PASSporT

/// The originating side (STI-AS): says who may show which number, and signs it.
///
/// Not `Sendable`: it signs on a context of its own, so each event loop makes one, anew for each credential. One call is
/// signed with one credential, key and URL together. With a key in a token, all of them share its threads.
package final class AuthenticationService {
    private let credential: Credential
    private let header: PassportHeader
    /// Nil when the key is in a token.
    private let signer: Signer?
    private let rates: CallRates
    private let freshnessWindow: Int
    /// The public key of the certificate that verifiers fetch.
    private let publicKey: VerifyingKey?
    /// When a signature of ours is next held against it: the first one, and then one a minute.
    private var nextCheck = Int.min
    private var random = RandomBytes()

    /// - Parameter freshnessWindow: how far `date` and `iat` of a request may be from our clock, in seconds.
    package init(credential: Credential, rates: CallRates, freshnessWindow: Int = 60) throws {
        guard let header = PassportHeader(certificateURL: credential.url.text) else {
            throw CredentialURLError(url: credential.url.text)
        }
        self.credential = credential
        certificateID = credential.chain.first?.fingerprint ?? ""
        self.header = header
        tokenSigners = credential.key.tokenSigners
        signer = tokenSigners == nil ? try Signer(credential.key) : nil
        publicKey = try credential.chain.first?.verifyingKey
        self.rates = rates
        self.freshnessWindow = freshnessWindow
    }

    package enum Decision: Sendable {
        case signed(SignedPassport)
        case refused(Refusal)
        /// The callee is an emergency number: the call goes on, signed or not.
        case emergency(SignedPassport?)
    }

    package enum Step: Sendable {
        case decided(Decision)
        /// Nothing is against it, but the key is in a token: whoever asked has ``tokenSigners`` sign it, and comes back to
        /// ``finish(_:with:at:)``.
        case unsigned(UnsignedPassport)
    }

    package func decide(_ call: OriginatingCall, plan: DialPlan, ledger: LedgerSnapshot, at now: Int) -> Step {
        let callees = Self.callees(of: call, plan), isEmergency = Self.callsEmergency(call, callees, plan)
        do throws(Refusal) {
            let passport = try passport(for: call, to: callees, plan, ledger, isEmergency: isEmergency, at: now)
            try checkCredential(passport.origin, at: now)
            guard let signer else {
                // A token takes its time, which a call to emergency numbers has none of.
                return isEmergency ? .decided(.emergency(nil)) : .unsigned(try unsigned(passport))
            }
            let signed = try sign(passport, by: signer, at: now)
            return .decided(isEmergency ? .emergency(signed) : .signed(signed))
        } catch {
            return .decided(isEmergency ? .emergency(nil) : .refused(error))
        }
    }

    /// What a call comes to where nothing signs.
    package static func decideWithoutCredential(_ call: OriginatingCall, plan: DialPlan) -> Decision {
        callsEmergency(call, callees(of: call, plan), plan) ? .emergency(nil) : .refused(.noCredential)
    }

    /// SHA-256 of the certificate that signs, in hexadecimal.
    package let certificateID: String
    /// What signs with a key in a token; nil for a key in memory.
    package let tokenSigners: TokenSigners?
}

/// The credential's URL cannot stand in an Identity header field.
package struct CredentialURLError: Error, CustomStringConvertible {
    package let url: String

    package var description: String {
        "the certificate's URL may hold only printable ASCII without quotes, backslashes and angle brackets: \(url)"
    }
}

extension AuthenticationService {
    /// The order of RFC 8224 §6.1: who is calling, then when, then whether the key may vouch for it.
    private func passport(
        for call: OriginatingCall, to callees: [Result<TelephoneNumber, NumberFault>], _ plan: DialPlan,
        _ ledger: LedgerSnapshot, isEmergency: Bool, at now: Int
    ) throws(Refusal) -> Passport {
        let callees = try digits(of: callees)
        let caller = try caller(of: call, plan)
        let issuedAt = try issuedAt(call, at: now)
        guard let name = call.trunk else { throw .noTrunk }
        guard let trunk = ledger.trunk(name) else { throw .unknownTrunk }
        let proven = attestation(of: caller, on: trunk, ledger, at: now) ?? (isEmergency ? .partial : nil)
        guard let proven else { throw .numberNotGranted }
        // Before the key is used, and for emergency calls too: past the limit they go on without a token.
        guard rates.admits(trunk: trunk.name, at: now) else { throw .tooManyCalls }
        return Passport(
            attestation: min(proven, call.attestationCeiling ?? .full), origin: caller.digits, destinations: callees,
            issuedAt: issuedAt, originID: random.uuid())
    }

    /// What the ledger proves (ATIS-1000074 §5.2.3, RFC 8588 §4); nil when the trunk may not show the number at all.
    private func attestation(
        of caller: TelephoneNumber, on trunk: Trunk, _ ledger: LedgerSnapshot, at now: Int
    ) -> Attestation? {
        let isGranted = trunk.line == caller || ledger.grant(of: caller, on: trunk, at: now) != nil
        return switch trunk.trunkClass {
        case .enterprise: isGranted ? .full : nil
        case .access: isGranted ? .full : .partial
        case .interconnect, .international: .gateway
        }
    }

    private static func callees(of call: OriginatingCall, _ plan: DialPlan) -> [Result<TelephoneNumber, NumberFault>] {
        call.dest.map { callee in Result { () throws(NumberFault) in try plan.number(from: callee) } }
    }

    /// To nobody else: another callee beside an emergency number must not be reached on its terms.
    private static func callsEmergency(
        _ call: OriginatingCall, _ callees: [Result<TelephoneNumber, NumberFault>], _ plan: DialPlan
    ) -> Bool {
        !callees.isEmpty
            && zip(call.dest, callees).allSatisfy { dest, callee in
                switch callee {
                case .success(let number): plan.isEmergency(number)
                case .failure: DialPlan.isEmergency(uri: dest)
                }
            }
    }

    /// What can stand in `orig`: digits only, no longer than E.164 allows (RFC 8224 §8.3).
    private func caller(of call: OriginatingCall, _ plan: DialPlan) throws(Refusal) -> TelephoneNumber {
        let caller: TelephoneNumber
        do throws(NumberFault) { caller = try plan.number(from: call.orig) } catch { throw .callerNotANumber(error) }
        guard caller.digits.isDecimal else { throw .callerNotANumber(.forbiddenCharacter) }
        guard caller.digits.count <= Passport.longestOrigin else { throw .callerNotANumber(.tooLong) }
        return caller
    }

    private func digits(of callees: [Result<TelephoneNumber, NumberFault>]) throws(Refusal) -> [Digits] {
        guard !callees.isEmpty else { throw .noCallee }
        var digits: [Digits] = []
        for callee in callees {
            do throws(NumberFault) { digits.append(try callee.get().digits) } catch { throw .calleeNotANumber(error) }
        }
        return digits
    }

    /// The INVITE's own date where it has one, or the time that the switch names, if they are fresh; else our clock.
    private func issuedAt(_ call: OriginatingCall, at now: Int) throws(Refusal) -> Int {
        let fresh = now - freshnessWindow...now + freshnessWindow
        var issuedAt = now
        if let date = call.date {
            guard let time = SIPDate.unixTime(date) else { throw .dateUnreadable }
            guard fresh.contains(time) else { throw .dateNotFresh }
            issuedAt = time
        }
        if let asked = call.issuedAt {
            guard fresh.contains(asked) else { throw .issuedAtNotFresh }
            issuedAt = asked
        }
        guard credential.notBefore <= issuedAt else { throw .certificateNotYetValid }
        guard issuedAt <= credential.notAfter else { throw .certificateExpired }
        return issuedAt
    }

    /// RFC 8224 §6.1 step 3, RFC 9060 §5.
    private func checkCredential(_ caller: Digits, at now: Int) throws(Refusal) {
        guard credential.notBefore <= now else { throw .certificateNotYetValid }
        guard now <= credential.notAfter else { throw .certificateExpired }
        guard !credential.tnAuthList.serviceProviderCodes.isEmpty || credential.tnAuthList.covers(caller) else {
            throw .outsideCertificate
        }
    }

    private func unsigned(_ passport: Passport) throws(Refusal) -> UnsignedPassport {
        do throws(SigningFault) { return try UnsignedPassport(passport, header) } catch { throw .signing(error) }
    }

    private func sign(_ passport: Passport, by signer: Signer, at now: Int) throws(Refusal) -> SignedPassport {
        try checked(at: now) { publicKey throws(SigningFault) in
            try SignedPassport(passport, header, by: signer, acceptedBy: publicKey)
        }
    }

    private func checked(
        at now: Int, _ sign: (_ acceptedBy: VerifyingKey?) throws(SigningFault) -> SignedPassport
    ) throws(Refusal) -> SignedPassport {
        let isChecked = now >= nextCheck
        do throws(SigningFault) {
            let signed = try sign(isChecked ? publicKey : nil)
            if isChecked { nextCheck = now + Self.betweenChecks }
            return signed
        } catch {
            throw .signing(error)
        }
    }

    private static let betweenChecks = 60
}

extension AuthenticationService {
    /// What a call comes to whose token has been with the token's signers.
    package func finish(
        _ unsigned: UnsignedPassport, with signature: Result<ES256Signature, TokenFault>, at now: Int
    ) -> Decision {
        do throws(Refusal) {
            return .signed(
                try checked(at: now) { publicKey throws(SigningFault) in
                    let made: ES256Signature
                    do throws(TokenFault) { made = try signature.get() } catch { throw .token(error) }
                    return try SignedPassport(unsigned, made, acceptedBy: publicKey)
                })
        } catch {
            return .refused(error)
        }
    }
}
