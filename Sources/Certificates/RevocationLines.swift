package import LibCrypto

extension Revocation.Held {
    /// What the lists have in common of which each replaces the one before: issuer, scope and, where it is known who has
    /// signed, the key, so that nobody without it can put a list in the place of a true one.
    static func line(of list: RevocationList, signedBy signer: Certificate?) -> String {
        let scope = list.scope
        let flags = [scope.isIndirect, scope.hasEndEntities, scope.hasAuthorities, scope.hasAllReasons]
        let parts =
            [list.issuer, signer?.keyOrWhole ?? [], flags.map { $0 ? UInt8(1) : 0 }]
            + scope.urls.map { Array($0.utf8) }
        // Each with its length, so that no two lines are written alike.
        let text = parts.flatMap { Array("\($0.count):".utf8) + $0 }
        let digest: [UInt8] = SHA256.digest(text.span)
        return digest.prefix(16).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// What ``RevocationList/isSigned(by:)`` says, without hashing a list of megabytes where the key is known to be the signer's.
    func isSigned(by issuer: Certificate) -> Bool {
        guard list.names(asIssuer: issuer) else { return false }
        return signer.first?.keyOrWhole == issuer.keyOrWhole || list.isSigned(by: issuer)
    }
}

extension Certificate {
    /// Whose signatures are whose, whatever certificates there are for one key.
    package var keyOrWhole: [UInt8] { (try? verifyingKey.point) ?? der }
}

extension Revocation {
    /// A list, and the path from whoever signed it to an anchor.
    package struct Verified: Sendable {
        package let list: RevocationList
        package let signer: [Certificate]

        package init(list: RevocationList, signer: [Certificate]) {
            self.list = list
            self.signer = signer
        }
    }

    /// The newest lists in force of which it is known who signed them, by their ``Held/line``: what is kept for a restart.
    package func verified(at now: Int) -> [String: Verified] { newest(of: held.filter(\.isVerified), at: now) }

    /// Those that an authority has signed.
    package func authoritative(at now: Int) -> [String: Verified] {
        newest(of: held.filter(\.isAuthoritative), at: now)
    }

    private func newest(of held: [Held], at now: Int) -> [String: Verified] {
        held.reduce(into: [:]) { newest, held in
            guard held.list.hasBegun(at: now), newest[held.line]?.list.isNewer(than: held.list) != true else { return }
            newest[held.line] = Verified(list: held.list, signer: held.signer)
        }
    }
}

extension TrustSnapshot {
    /// Whether an anchor or a pinned signer has signed the list, and it is of use.
    package func isAuthoritative(_ list: RevocationList) -> Bool { line(of: list) != nil }

    /// Why the list is of no use, whoever has signed it; nil for one that is.
    package func defect(of list: RevocationList) -> String? { Revocation.defect(of: list, settings.profile) }

    /// Whether we have a newer list in force, of the same authority and scope.
    package func supersedes(_ list: RevocationList, at now: Int) -> Bool {
        line(of: list).flatMap { revocation.authoritative(at: now)[$0] }?.list.isNewer(than: list) == true
    }

    private func line(of list: RevocationList) -> String? {
        Revocation([list], anchors: anchors, listIssuers: [], settings: settings).held.first(where: \.isAuthoritative)?
            .line
    }

    /// The same trust, now that these issuers are known to sign lists. Every verdict stays what it is.
    package func knowing(_ listIssuers: [[Certificate]]) -> TrustSnapshot {
        TrustSnapshot(
            anchors: anchors, revocationLists: revocation.lists, listIssuers: listIssuers, settings: settings,
            epoch: epoch)
    }

    /// The same trust with other lists, as far as they are no older than ours of the same line: a replayed list would bring the
    /// revoked back (RFC 5280 §6.3.3, CRL numbers do not decrease). What is known to be its issuer's stays until a newer one
    /// comes, whoever takes it out of the folder. One that is yet to begin replaces nothing: what it revokes is revoked, and
    /// until its time the one in force stays beside it.
    package func replacingRevocationLists(
        with offered: [RevocationList], epoch: Int, at now: Int
    ) -> (trust: TrustSnapshot, refused: [String]) {
        let fresh = Revocation(offered, anchors: anchors, listIssuers: listIssuers, settings: settings)
        let ours = Dictionary(grouping: revocation.held, by: \.line)
        let theirs = Dictionary(grouping: fresh.held, by: \.line)
        var kept: [RevocationList] = [], refused: [String] = []
        for line in Set(ours.keys).union(theirs.keys).sorted() {
            let ours = ours[line] ?? [], theirs = theirs[line] ?? []
            refused += theirs.filter { !$0.list.hasBegun(at: now) }.map {
                "crl not in force yet: from the future, by this machine's clock, \($0.list.issuerText)"
            }
            guard (ours + theirs).contains(where: \.isVerified) else {
                kept += Self.unverified(theirs, replacing: ours, at: now)
                continue
            }
            let accepted = theirs.filter { candidate in
                !ours.contains { $0.list.hasBegun(at: now) && $0.list.isNewer(than: candidate.list) }
            }
            // An older one beside a newer one, such as last week's in the folder and today's from the network, is no attack.
            if accepted.isEmpty, let older = theirs.first {
                refused.append("crl refused: older than the one in use, \(older.list.issuerText)")
            }
            let isReplaced = accepted.contains { $0.list.hasBegun(at: now) }
            kept += Self.newest(of: accepted + ours.filter { !isReplaced || !$0.list.hasBegun(at: now) }, at: now)
        }
        // Of no use, but named in the notes of every verdict.
        kept += offered.filter { Revocation.defect(of: $0, settings.profile) != nil }
        let trust = TrustSnapshot(
            anchors: anchors, revocationLists: kept, listIssuers: listIssuers, settings: settings, epoch: epoch)
        return (trust, refused)
    }

    /// Of lists that nobody may have signed, the newer may be the forgery: each counts if it is its issuer's after all. An
    /// older one, or one that is yet to begin, does not push ours out.
    private static func unverified(
        _ theirs: [Revocation.Held], replacing ours: [Revocation.Held], at now: Int
    ) -> [RevocationList] {
        once(
            theirs
                + ours.filter { mine in
                    theirs.contains { mine.list.isNewer(than: $0.list) || !$0.list.hasBegun(at: now) }
                })
    }

    private static func newest(of line: [Revocation.Held], at now: Int) -> [RevocationList] {
        once(
            line.filter { one in
                !line.contains { $0.list.hasBegun(at: now) && $0.list.isNewer(than: one.list) }
            })
    }

    private static func once(_ held: [Revocation.Held]) -> [RevocationList] {
        var seen: Set<[UInt8]> = []
        return held.map(\.list).filter { seen.insert($0.der).inserted }
    }
}

extension RevocationList {
    /// Of two lists of one line.
    package func isNewer(than other: RevocationList) -> Bool {
        if let number, let others = other.number, number != others {
            return (number.utf8.count, number) > (others.utf8.count, others)
        }
        return thisUpdate > other.thisUpdate
    }

    package func hasBegun(at now: Int) -> Bool { thisUpdate <= now }
}
