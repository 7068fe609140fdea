package import Ledger
package import NumberPlan
package import PASSporT

/// Whom a token's certificate speaks for, as far as the ledger has to agree to it (RFC 8226 §3, RFC 9060 §4).
package struct SignerAuthority: Hashable, Sendable {
    /// Numbers that somebody along the path delegated on the word of its codes alone.
    package struct Obligation: Hashable, Sendable {
        package let serviceProviderCodes: [String]
        package let ranges: [NumberRange]
        /// Whether the caller's number is among them.
        package let isConcerned: Bool

        package init(serviceProviderCodes: [String], ranges: [NumberRange], isConcerned: Bool) {
            self.serviceProviderCodes = serviceProviderCodes
            self.ranges = ranges
            self.isConcerned = isConcerned
        }
    }

    /// Of the signer's own certificate.
    package let serviceProviderCodes: [String]
    /// Whether that names the caller's number itself.
    package let namesNumber: Bool
    /// Of the signer's and of its issuers'.
    package let codesOfPath: [String]
    package let obligations: [Obligation]

    package init(
        serviceProviderCodes: [String], namesNumber: Bool, codesOfPath: [String], obligations: [Obligation]
    ) {
        self.serviceProviderCodes = serviceProviderCodes
        self.namesNumber = namesNumber
        self.codesOfPath = codesOfPath
        self.obligations = obligations
    }
}

/// By what a signer may speak for a number, or that it claims no more than to have let the call in.
package enum SignerScope: String, Hashable, Sendable {
    case byCertificate = "scope_by_certificate"
    case byLedger = "scope_by_ledger"
    case byDelegation = "scope_by_delegation"
    /// B or C for a number that is another's.
    case outside = "number_outside_signers_numbers"
}

package enum ScopeFault: Error, Hashable, Sendable {
    /// No carrier of the ledger holds the number.
    case unallocated
    case outsideCertificate
    /// A: "this caller is ours", of another's number (N14).
    case notSignersNumber
    /// A short code means something only in its own country, so only a carrier of that country can vouch for it.
    case foreignShortCode
    case delegatedWithoutRight
    /// The token was handed over by a carrier that neither signed it nor may carry what others signed.
    case handedOverByAnother
}

extension LedgerSnapshot {
    /// Whether `authority` may attest `number` so.
    ///
    /// - Parameters:
    ///   - peer: who handed the token over ahead of its call; nil where the call brought it.
    ///   - unallocatedFails: for ledgers that know every number.
    package func scope(
        of authority: SignerAuthority, over number: TelephoneNumber, attested attestation: Attestation,
        handedOverBy peer: String? = nil, unallocatedFails: Bool, at now: Int
    ) throws(ScopeFault) -> SignerScope {
        if let peer, !mayHandOver(peer, tokenOf: authority) { throw .handedOverByAnother }
        let holder = holder(of: number)
        if unallocatedFails, holder == nil { throw .unallocated }
        if let country = number.country {
            let isDomestic = authority.codesOfPath.contains { carrier($0)?.country == country }
            guard isDomestic else { throw .foreignShortCode }
        }
        for obligation in authority.obligations { try check(obligation, holder) }
        if authority.namesNumber { return .byCertificate }
        let codes = authority.serviceProviderCodes
        guard !codes.isEmpty else { throw .outsideCertificate }
        if let holder {
            if codes.contains(holder.spc) { return .byLedger }
            if delegation(of: number, from: holder, to: codes, at: now) != nil { return .byDelegation }
        }
        guard attestation != .full else { throw .notSignersNumber }
        return .outside
    }

    /// What it signed itself, or signed by a delegate of its own; a transit also what others did.
    private func mayHandOver(_ spc: String, tokenOf authority: SignerAuthority) -> Bool {
        guard let peer = peer(spc), peer.state == .active else { return false }
        return peer.isTransit || authority.codesOfPath.contains(spc)
    }

    /// The carrier whose number it is, if that is none of these codes and has lent it to none of them: that it is theirs no
    /// peer believes (N14).
    package func otherHolder(of number: TelephoneNumber, than codes: [String], at now: Int) -> Carrier? {
        guard let holder = holder(of: number), !codes.contains(holder.spc),
            delegation(of: number, from: holder, to: codes, at: now) == nil
        else { return nil }
        return holder
    }

    /// All that was delegated must be that carrier's, and the number still be: one ported away lies within its old carrier's
    /// range, which can no longer hand it on.
    private func check(_ obligation: SignerAuthority.Obligation, _ holder: Carrier?) throws(ScopeFault) {
        let codes = obligation.serviceProviderCodes
        guard obligation.ranges.allSatisfy({ hold(codes, $0) }),
            !obligation.isConcerned || holder.map({ codes.contains($0.spc) }) ?? false
        else { throw .delegatedWithoutRight }
    }
}
