package import LibCrypto

extension Revocation.Held {
    /// What the lists have in common of which each replaces the one before: issuer, scope and, where an authority has
    /// signed, its key, so that nobody without it can put a list in the place of a true one.
    var line: String {
        let scope = list.scope
        let flags = [scope.isIndirect, scope.hasEndEntities, scope.hasAuthorities, scope.hasAllReasons]
        let signer = authority.first.map { (try? $0.verifyingKey.point) ?? $0.der } ?? []
        let parts = [list.issuer, signer, flags.map { $0 ? UInt8(1) : 0 }] + scope.urls.map { Array($0.utf8) }
        // Each with its length, so that no two lines are written alike.
        let text = parts.flatMap { Array("\($0.count):".utf8) + $0 }
        let digest: [UInt8] = SHA256.digest(text.span)
        return digest.prefix(16).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}

extension Revocation {
    /// The lists that an authority has signed, by their ``Held/line``: what is kept for a restart.
    package var authoritative: [String: RevocationList] {
        held.filter { !$0.authority.isEmpty }.reduce(into: [:]) { lists, held in
            guard lists[held.line]?.isNewer(than: held.list) != true else { return }
            lists[held.line] = held.list
        }
    }
}

extension TrustSnapshot {
    /// Whether an anchor or a pinned signer has signed the list.
    package func isAuthoritative(_ list: RevocationList) -> Bool { line(of: list) != nil }

    /// Whether we have a newer list of the same authority and scope.
    package func supersedes(_ list: RevocationList) -> Bool {
        line(of: list).flatMap { revocation.authoritative[$0] }?.isNewer(than: list) == true
    }

    private func line(of list: RevocationList) -> String? {
        Revocation([list], anchors: anchors, settings: settings).authoritative.keys.first
    }

    /// The same trust with other lists, as far as they are no older than ours of the same line: a replayed list would bring the
    /// revoked back (RFC 5280 §6.3.3, CRL numbers do not decrease). What an authority has signed stays until a newer one comes,
    /// whoever takes it out of the folder.
    package func replacingRevocationLists(
        with offered: [RevocationList], epoch: Int
    ) -> (trust: TrustSnapshot, refused: [String]) {
        let fresh = Revocation(offered, anchors: anchors, settings: settings)
        let ours = Dictionary(grouping: revocation.held, by: \.line)
        let theirs = Dictionary(grouping: fresh.held, by: \.line)
        var kept: [RevocationList] = [], refused: [String] = []
        for line in Set(ours.keys).union(theirs.keys).sorted() {
            let ours = ours[line] ?? [], theirs = theirs[line] ?? []
            let accepted = theirs.filter { candidate in !ours.contains { $0.list.isNewer(than: candidate.list) } }
            // An older one beside a newer one, such as last week's in the folder and today's from the network, is no attack.
            if accepted.isEmpty, let older = theirs.first {
                refused.append("crl refused: older than the one in use, \(older.list.issuerText)")
            }
            let isKept = accepted.isEmpty && (!theirs.isEmpty || ours.contains { !$0.authority.isEmpty })
            kept += Self.newest(of: isKept ? ours : accepted)
        }
        // Of no use, but named in the notes of every verdict.
        kept += offered.filter { Revocation.defect(of: $0, settings.profile) != nil }
        let trust = TrustSnapshot(anchors: anchors, revocationLists: kept, settings: settings, epoch: epoch)
        return (trust, refused)
    }

    /// Each once. Of lists that only issuers can have signed, a newer one may be a forgery: all are kept.
    private static func newest(of line: [Revocation.Held]) -> [RevocationList] {
        var seen: Set<[UInt8]> = []
        return line.filter { one in
            one.authority.isEmpty || !line.contains { $0.list.isNewer(than: one.list) }
        }.map(\.list).filter { seen.insert($0.der).inserted }
    }
}

extension RevocationList {
    /// Of two of one line.
    fileprivate func isNewer(than other: RevocationList) -> Bool {
        if let number, let others = other.number, number != others {
            return (number.utf8.count, number) > (others.utf8.count, others)
        }
        return thisUpdate > other.thisUpdate
    }
}
