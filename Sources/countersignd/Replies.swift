internal import Originating
internal import PASSporT
internal import Terminating
internal import TrunkProtocol

/// What services decide, in the words of the protocol. Nothing is decided here.
extension SwitchReply {
    init(_ decision: AuthenticationService.Decision) {
        switch decision {
        case .signed(let signed), .emergency(.some(let signed)):
            self = .sign(
                SignReply(
                    identity: signed.identity, attest: signed.passport.attestation.rawValue,
                    origid: signed.passport.originID, iat: signed.passport.issuedAt))
        case .emergency(nil):
            // The call goes on without a token: the switch has nothing to add to it, and nothing to refuse.
            self = .error(.notAllowed(reason: "emergency_call_unsigned", sip: SIPStatus(code: 200, reason: "OK")))
        case .refused(let refusal):
            switch refusal.culprit {
            case .credential: self = .error(.noUsableKey)
            case .caller:
                self = .error(
                    .notAllowed(
                        reason: refusal.reason, sip: SIPStatus(code: refusal.sipCode, reason: refusal.sipPhrase)))
            }
        }
    }

    init(_ verdict: Verdict, label: CallLabel, record: String?) {
        self = .verify(
            VerifyReply(
                valid: verdict.isValid, action: VerifyReply.Action(verdict.action), verstat: verdict.verstat,
                attest: verdict.believed?.claimed.attestation.rawValue, origid: verdict.originID,
                sip: SIPStatus(code: verdict.outcome.code.number, reason: verdict.outcome.code.phrase),
                reason: verdict.outcome.reason,
                label: label.members.map { VerifyReply.LabelMember($0.name, $0.text) },
                record: record))
    }
}

extension Refusal {
    fileprivate var sipPhrase: String {
        switch sipCode {
        case 484: "Address Incomplete"
        case 503: "Service Unavailable"
        default: "Forbidden"
        }
    }
}

extension Verdict {
    /// Left out when it is of a length that no UUID has: whoever signs chooses it, and the answer must stay short.
    fileprivate var originID: String? {
        believed.flatMap { $0.claimed.originID.utf8.count <= 128 ? $0.claimed.originID : nil }
    }
}

extension VerifyReply.Action {
    fileprivate init(_ action: Verdict.Action) {
        switch action {
        case .allow: self = .allow
        case .label: self = .label
        case .block: self = .block
        }
    }
}
