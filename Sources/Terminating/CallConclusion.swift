package import Ledger
package import PASSporT
package import Policy

/// What the tokens of a call came to.
package enum TokenResult: Sendable {
    /// It carries none.
    case none
    /// Of several, the one that came furthest.
    case failed(Finding)
    /// - Parameter isOutside: B or C, of a number that the ledger does not give to the signer.
    case valid(Attestation, isOutside: Bool)
}

extension TokenResult {
    /// Of one that failed it is told why.
    fileprivate var areHolders: Bool {
        switch self {
        case .none: false
        case .failed: true
        case .valid(_, let isOutside): !isOutside
        }
    }
}

/// A call's verdict, of what is known about its number and of what its tokens came to.
package struct CallConclusion: Hashable, Sendable {
    package let finding: Finding
    package let action: Verdict.Action

    init(_ finding: Finding, _ action: Verdict.Action) {
        self.finding = finding
        self.action = action
    }
}

extension CallConclusion {
    /// - Parameters:
    ///   - trunk: nil when the call names none, and the rules were not asked.
    ///   - isShutByHolder: whether only a token of the number's holder, or of whom it lent the number to, speaks for it.
    package init(
        _ ruling: CLIRuling?, _ tokens: TokenResult, trunk: Trunk?, isShutByHolder: Bool = false,
        ledger: LedgerSnapshot, at now: Int
    ) {
        if case .emergency = ruling {
            self.init(.emergency, .allow)
            return
        }
        if isShutByHolder, ruling?.isProven != true, !tokens.areHolders {
            self.init(.rule(.doNotOriginate), .block)
            return
        }
        switch tokens {
        case .failed(let finding): self.init(finding, .block)
        case .valid(let attestation, let isOutside):
            self.init(proven: ruling, attestation, isOutside: isOutside, trunk: trunk, ledger)
        case .none: self.init(unproven: ruling, trunk: trunk, ledger, at: now)
        }
    }

    /// Under a valid token, whose signer may speak for the number.
    private init(
        proven ruling: CLIRuling?, _ attestation: Attestation, isOutside: Bool, trunk: Trunk?, _ ledger: LedgerSnapshot
    ) {
        switch ruling {
        case .refused(let rule, _): self.init(.rule(rule), .block)
        case .openToHolder where isOutside: self.init(.rule(.codeNotGranted), .block)
        case .foreignFromGateway where attestation != .gateway && !Self.isGateway(trunk, ledger):
            self.init(.rule(.notFromGateway), .block)
        case .withheld, .asksRoaming: self.init(.numberWithheld, .label)
        case .unvouched: self.init(.numberUnvouched, .label)
        case .foreign, .foreignFromGateway: self.init(.valid, .label)
        case .openToHolder, .open, .proven, .roaming, .emergency, nil: self.init(.valid, isOutside ? .label : .allow)
        }
    }

    /// Without a token.
    private init(unproven ruling: CLIRuling?, trunk: Trunk?, _ ledger: LedgerSnapshot, at now: Int) {
        switch ruling {
        case .refused(let rule, _): self.init(.rule(rule), .block)
        case .withheld, .asksRoaming: self.init(.numberWithheld, .label)
        case .unvouched: self.init(.numberUnvouched, .label)
        case .roaming: self.init(.roaming, .allow)
        case .foreign: self.init(.foreign, .label)
        case .foreignFromGateway:
            let isGateway = Self.isGateway(trunk, ledger)
            self.init(isGateway ? .foreign : .rule(.notFromGateway), isGateway ? .label : .block)
        case .proven: self.init(.granted, .allow)
        case .open where trunk?.trunkClass == .access: self.init(.accessLine, .label)
        case .open where trunk?.trunkClass == .international: self.init(.identityNotYetRequired, .label)
        case .open, .openToHolder, .emergency, nil:
            guard let trunk, !Self.mustSign(trunk, ledger, at: now) else {
                self.init(.identityMissing, .block)
                return
            }
            let isHoldersOnly = if case .openToHolder = ruling { true } else { false }
            self.init(
                isHoldersOnly ? .rule(.codeNotGranted) : .identityNotYetRequired, isHoldersOnly ? .block : .label)
        }
    }

    private static func isGateway(_ trunk: Trunk?, _ ledger: LedgerSnapshot) -> Bool {
        trunk?.peer.flatMap { ledger.carrier($0) }?.isGateway == true
    }

    /// Default is deny. What relaxes it is a date in the ledger from which the peer must sign: the trunk's own, else the peer's
    /// (N13).
    private static func mustSign(_ trunk: Trunk, _ ledger: LedgerSnapshot, at now: Int) -> Bool {
        let date = trunk.enrolledFrom ?? trunk.peer.flatMap { ledger.carrier($0)?.enrolledFrom }
        return date.map { $0 <= now } ?? true
    }
}
