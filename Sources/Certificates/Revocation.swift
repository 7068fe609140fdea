package import LibCrypto

/// The revocation lists we hold, and who signed them.
///
/// A list speaks for a certificate when the certificate's issuer signed it, or when an authority for revocation did: an
/// anchor, or a signer pinned in the settings, such as the STI-PA with its one list for all carriers (ATIS-1000080).
package struct Revocation: Sendable {
    struct Held {
        let list: RevocationList
        /// From the certificate of whoever signed it to an anchor; empty as long as that is not known.
        let signer: [Certificate]
        /// Whether that is an authority, and not the issuer of some certificates only.
        let isAuthoritative: Bool
        let line: String

        init(list: RevocationList, signer: [Certificate], isAuthoritative: Bool) {
            self.list = list
            self.signer = signer
            self.isAuthoritative = isAuthoritative
            line = Self.line(of: list, signedBy: signer.first)
        }

        var isVerified: Bool { !signer.isEmpty }

        func isByAuthority(at now: Int) -> Bool {
            isAuthoritative && signer.allSatisfy { $0.notBefore <= now && now <= $0.notAfter }
        }
    }

    /// How long what was found stays so, and what to tell the operator.
    struct Status {
        fileprivate(set) var validUntil = Int.max
        fileprivate(set) var notes: [String] = []
    }

    /// Lists that are of no use whatever the certificate, and why.
    package let ignored: [String]
    let held: [Held]
    private let settings: TrustSettings

    /// - Parameter listIssuers: see ``TrustSnapshot/init(anchors:revocationLists:listIssuers:settings:epoch:)``.
    init(
        _ lists: [RevocationList], anchors: [Certificate], listIssuers: [[Certificate]], settings: TrustSettings
    ) {
        let authorities =
            anchors.map { [$0] }
            + settings.revocationListSigners.compactMap { signer in
                try? signer.path(through: settings.revocationListSigners.filter { $0 != signer }, to: anchors)
            }
        let issuers = listIssuers.compactMap { path in
            try? path.first?.path(through: Array(path.dropFirst()), to: anchors)
        }
        var held: [Held] = [], ignored: [String] = []
        for list in lists {
            if let why = Self.defect(of: list, settings.profile) {
                ignored.append("crl ignored: \(why), \(list.issuerText)")
                continue
            }
            let isSigner = { (path: [Certificate]) in list.isSigned(by: path[0]) && Self.maySign(path[0]) }
            let authority = authorities.first(where: isSigner)
            let signer = authority ?? issuers.first(where: isSigner) ?? []
            held.append(Held(list: list, signer: signer, isAuthoritative: authority != nil))
        }
        self.held = held
        self.ignored = ignored
        self.settings = settings
    }

    package var lists: [RevocationList] { held.map(\.list) }

    static func defect(of list: RevocationList, _ profile: TrustSettings.Profile) -> String? {
        if let oid = list.unknownCriticalExtension { return "unknown critical extension \(oid)" }
        return switch list.signatureAlgorithm {
        // SHAKEN has SHA-256 alone, but a revocation is none the less one for a longer digest.
        case .ecdsaSHA256, .ecdsaSHA384, .ecdsaSHA512: nil
        case .rsaSHA256, .rsaSHA384, .rsaSHA512:
            profile == .base ? nil : "signature algorithm"
        case .other: "signature algorithm"
        }
    }

    /// RFC 5280 §6.3.3 (f).
    private static func maySign(_ certificate: Certificate) -> Bool { certificate.keyUsage?.contains(.cRLSign) ?? true }
}

extension Revocation {
    /// Every certificate of `path` but the anchor, which comes last.
    ///
    /// - Parameter note: is given the path from each issuer on it that turns out to have signed a list.
    func status(
        of path: [Certificate], at now: Int, noting note: ([Certificate]) -> Void
    ) throws(CertificateFault) -> Status {
        var status = Status()
        status.notes = ignored
        for place in path.indices.dropLast() {
            let current = try current(in: path, at: place, now: now, &status.notes, note)
            try settle(current, at: place, now: now, &status)
        }
        var seen: Set<String> = []
        status.notes = status.notes.filter { seen.insert($0).inserted }
        return status
    }

    /// The nextUpdate of the freshest list that would have named the certificate; nil when there is no such list.
    private func current(
        in path: [Certificate], at place: Int, now: Int, _ notes: inout [String], _ note: ([Certificate]) -> Void
    ) throws(CertificateFault) -> Int? {
        let certificate = path[place], issuer = path[place + 1]
        var speaking: [(held: Held, isIssuers: Bool)] = []
        for held in held {
            let list = held.list, isAuthority = held.isByAuthority(at: now)
            let isIssuer = held.isSigned(by: issuer) && Self.maySign(issuer)
            guard isAuthority || isIssuer else {
                if list.names(asIssuer: issuer) || held.isAuthoritative {
                    notes.append("crl ignored: not signed by whom it names, \(list.issuerText)")
                }
                continue
            }
            if isIssuer, !held.isVerified { note(Array(path[(place + 1)...])) }
            speaking.append((held, isIssuer))
        }
        var freshest: Int?
        for (held, isIssuer) in speaking {
            let list = held.list
            // What its next list no longer names was on hold, or has expired.
            let isReplaced = speaking.contains { other, _ in
                other.list.isNewer(than: list) && other.list.hasBegun(at: now) && other.line == held.line
            }
            if isReplaced { continue }
            // However old the list is, or ahead of our clock, and whatever it was meant to be about: revoked is revoked.
            guard !list.revokes(certificate) else { throw .revoked(place) }
            guard list.hasBegun(at: now) else {
                notes.append("crl ignored: from the future, \(list.issuerText)")
                continue
            }
            if isIssuer || list.scope.isIndirect, list.scope.includes(certificate, of: list) {
                freshest = max(freshest ?? Int.min, list.nextUpdate ?? list.thisUpdate)
            }
        }
        return freshest
    }

    private func settle(
        _ nextUpdate: Int?, at place: Int, now: Int, _ status: inout Status
    ) throws(CertificateFault) {
        switch (settings.revocation, nextUpdate) {
        case (.hard, nil): throw .revocationUnknown(place)
        case (.hard, let nextUpdate?):
            guard now < nextUpdate else { throw .revocationListStale(place) }
            status.validUntil = min(status.validUntil, nextUpdate - 1)
        case (.soft, nil): status.notes.append("crl missing")
        case (.soft(let grace), let nextUpdate?):
            let (end, overflow) = nextUpdate.addingReportingOverflow(max(0, grace))
            guard overflow || now <= end else { throw .revocationListStale(place) }
            if now >= nextUpdate { status.notes.append("crl stale") }
            status.validUntil = min(status.validUntil, overflow ? Int.max : end)
        }
    }
}

extension RevocationList.Scope {
    /// Whether the list would name `certificate` if it were revoked (RFC 5280 §6.3.3 (b)).
    fileprivate func includes(_ certificate: Certificate, of list: RevocationList) -> Bool {
        guard certificate.isAuthority ? hasAuthorities : hasEndEntities, hasAllReasons else { return false }
        let points = certificate.distributionPoints
        let published = Set(points.flatMap(\.urls)), issuers = points.flatMap(\.issuers)
        if !urls.isEmpty, !published.isEmpty, published.isDisjoint(with: urls) { return false }
        return issuers.isEmpty || !isIndirect || issuers.contains(list.issuer)
    }
}
