internal import Certificates
internal import Ledger
internal import NumberPlan
internal import PASSporT
internal import Policy

/// Takes one Identity header field value through the steps of verification, in their order, until one fails.
///
/// What is cheap and safe comes first: nothing is fetched for a token that is already known to be bad, and nothing is
/// remembered of one whose signature has not been checked.
struct TokenJudgement {
    private let service: VerificationService
    private let callID: String?
    private let handedOverBy: String?
    private let numbers: CalledAndCalling
    private let plan: DialPlan
    private let ledger: LedgerSnapshot
    private let now: Int
    private let mayWait: Bool

    /// The certificate to be fetched, when that is what is missing or may have been replaced.
    private(set) var pending: CertificateURL?
    private var token: UnverifiedPassport?
    private var chain: ValidatedChain?
    private var authority: SignerAuthority?
    private var isOutsideSignersNumbers = false
    private var notes: [String] = []

    init(
        by service: VerificationService, of call: TerminatingCall, numbers: CalledAndCalling, plan: DialPlan,
        ledger: LedgerSnapshot, now: Int, mayWait: Bool
    ) {
        self.service = service
        callID = call.callID
        handedOverBy = call.handedOverBy
        self.numbers = numbers
        self.plan = plan
        self.ledger = ledger
        self.now = now
        self.mayWait = mayWait
    }

    private var settings: VerificationSettings { service.settings }

    mutating func judge(_ identity: String) -> Verdict.Token {
        var finding = Finding.valid
        do throws(Finding) { try check(identity) } catch { finding = error }
        return Verdict.Token(
            finding: finding, unverified: token, chain: chain, authority: authority,
            isOutsideSignersNumbers: isOutsideSignersNumbers, notes: notes)
    }

    private mutating func check(_ identity: String) throws(Finding) {
        let token = try read(identity)
        self.token = token
        try checkForm(token)
        try checkFreshness(token)
        try checkNumbers(token)
        let known = try known(token.certificateURL)
        let chain = try Self.chain(known.verdict)
        self.chain = chain
        if !known.isConfirmed { notes.append("certificate_not_confirmed") }
        guard chain.isValid(issuedAt: token.claimed.issuedAt) else { throw .issuedOutsideCertificate }
        try checkScope(token, chain)
        // Constraints come before the signature in the outcome table, and are looked up in claims that are only believed
        // for the purpose of refusing them.
        if let constraints = chain.constraints { try check(token.claimTexts, constraints) }
        let verified: VerifiedPassport
        do throws(PassportFault) { verified = try token.verified(by: chain.key) } catch {
            throw unverified(token, error)
        }
        if !known.isProven { service.certificates.promote(chain, at: token.certificateURL) }
        try enter(verified)
    }
}

extension TokenJudgement {
    private mutating func read(_ identity: String) throws(Finding) -> UnverifiedPassport {
        do throws(PassportFault) {
            let header = try IdentityHeader(parsing: identity)
            if header.extensionName == nil { notes.append("ppt_parameter_missing") }
            let token = try UnverifiedPassport(header, toleratesTextualTime: settings.toleratesTextualTime)
            if token.hasTextualTime { notes.append("iat_is_text") }
            return token
        } catch {
            throw .passport(error)
        }
    }

    private mutating func checkForm(_ token: UnverifiedPassport) throws(Finding) {
        if !token.isCanonical {
            guard !settings.requiresCanonicalTokens else { throw .notCanonical }
            notes.append("not_canonical")
        }
        if !Passport.isUUID(token.claimed.originID) { notes.append("origid_not_uuid") }
    }

    /// Both directions (RFC 8224 §6.2 step 4), and never against a clock that has gone backwards.
    private func checkFreshness(_ token: UnverifiedPassport) throws(Finding) {
        guard token.claimed.issuedAt >= service.replays.latest(now) - settings.pastWindow else { throw .stale }
        guard token.claimed.issuedAt <= now + settings.futureWindow else { throw .future }
    }

    /// Every callee of the call must be one of the token's; what else the token names does not matter (RFC 8224 §12.1).
    private func checkNumbers(_ token: UnverifiedPassport) throws(Finding) {
        if let fault = numbers.callerFault { throw .callerNotANumber(fault) }
        guard numbers.caller?.digits == token.claimed.origin else { throw .callerDiffers }
        guard !numbers.callees.isEmpty else { throw .calleeDiffers }
        // A token may name hundreds, and so may a call.
        let destinations = numbers.callees.count > 1 ? Set(token.claimed.destinations) : []
        let uris: Set<CanonicalURI> =
            token.claimed.destinationURIs.isEmpty
            ? [] : Set(token.claimed.destinationURIs.compactMap { try? CanonicalURI($0) })
        for callee in numbers.callees {
            let isNamed =
                switch callee {
                case .number(let number):
                    numbers.callees.count > 1
                        ? destinations.contains(number.digits) : token.claimed.destinations.contains(number.digits)
                case .uri(let uri): uris.contains(uri)
                case .neither: false
                }
            guard isNamed else { throw .calleeDiffers }
        }
    }

    private mutating func known(_ text: String) throws(Finding) -> CertificateCache.Known {
        if let known = service.certificates.warm(text, at: now) { return known }
        let url: CertificateURL
        do throws(CertificateURLFault) {
            url = try CertificateURL(text, rules: service.urlRules)
        } catch {
            throw .certificateURL(error)
        }
        if !mayWait, let known = service.certificates.stale(text, at: now) { return known }
        pending = url
        throw .certificatePending
    }

    /// The chain may be of a certificate that its signer has replaced under the same URL (RFC 8224 §7.4).
    private mutating func unverified(_ token: UnverifiedPassport, _ fault: PassportFault) -> Finding {
        guard fault == .signatureInvalid, mayWait, let url = service.certificates.suspect(token.certificateURL, at: now)
        else {
            return .passport(fault)
        }
        pending = url
        return .certificatePending
    }

    private static func chain(_ known: Result<ValidatedChain, CertificateFault>) throws(Finding) -> ValidatedChain {
        switch known {
        case .success(let chain): return chain
        case .failure(let fault): throw .certificate(fault)
        }
    }
}

extension TokenJudgement {
    /// Whether the signer may speak for this number (RFC 8226 §3, RFC 9060 §4).
    private mutating func checkScope(_ token: UnverifiedPassport, _ chain: ValidatedChain) throws(Finding) {
        guard let caller = numbers.caller, let authority = SignerAuthority(of: chain, over: caller, plan) else {
            throw .scope(.outsideCertificate)
        }
        self.authority = authority
        do throws(ScopeFault) {
            let scope = try ledger.scope(
                of: authority, over: caller, attested: token.claimed.attestation,
                handedOverBy: handedOverBy, unallocatedFails: settings.unallocatedFails, at: now)
            isOutsideSignersNumbers = scope == .outside
            notes.append(scope.rawValue)
        } catch {
            throw .scope(error)
        }
    }

    /// RFC 8226 §8 and RFC 9118 §3: the certificate's holder may assert only so much.
    private func check(
        _ claims: [(name: String, text: String)], _ constraints: ClaimConstraints
    ) throws(Finding) {
        func text(of name: String) -> String? { claims.first { $0.name.utf8.elementsEqual(name.utf8) }?.text }
        for name in constraints.mustInclude where text(of: name) == nil { throw .claimRequired(name) }
        for name in constraints.mustExclude where text(of: name) != nil { throw .claimForbidden(name) }
        for permitted in constraints.permittedValues {
            guard let text = text(of: permitted.claim) else { continue }
            let isPermitted = permitted.values.contains { UnverifiedPassport.isClaim(text, permittedBy: $0) }
            guard isPermitted else { throw .claimNotPermitted(permitted.claim) }
        }
    }

    private func enter(_ verified: VerifiedPassport) throws(Finding) {
        let expires = verified.issuedAt + settings.pastWindow
        switch service.replays.enter(verified.assertion, call: callID, expires: expires, at: now) {
        case .first, .sameCall: return
        case .replay: throw .replayed
        case .stale: throw .stale
        case .full: if settings.whenReplayStoreIsFull == .block { throw .replayStoreFull }
        }
    }
}

extension SignerAuthority {
    /// Nil if what was delegated is no range of numbers, which no ledger can agree to.
    fileprivate init?(of chain: ValidatedChain, over number: TelephoneNumber, _ plan: DialPlan) {
        guard let own = chain.path.first else { return nil }
        var obligations: [Obligation] = []
        for obligation in chain.obligations {
            let ranges = obligation.numbers.blocks.map { block in
                NumberRange(first: plan.number(fromWire: block.first), last: plan.number(fromWire: block.last))
            }
            guard !ranges.contains(nil) else { return nil }
            obligations.append(
                Obligation(
                    serviceProviderCodes: obligation.serviceProviderCodes, ranges: ranges.compactMap { $0 },
                    isConcerned: obligation.numbers.covers(number.digits)))
        }
        self.init(
            serviceProviderCodes: own.serviceProviderCodes, namesNumber: own.covers(number.digits),
            codesOfPath: chain.path.count == 1
                ? own.serviceProviderCodes : chain.path.flatMap(\.serviceProviderCodes),
            obligations: obligations)
    }
}
