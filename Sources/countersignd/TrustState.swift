internal import Certificates
internal import LibCrypto

/// The trust in force and what it is made of. Only ``TrustWatch`` changes it, one step at a time; each step that reads
/// something new is followed by ``renew(at:)``.
struct TrustState: Sendable {
    private(set) var trust: TrustSnapshot
    /// What was refused or is of no use, for the log; emptied by whoever has told it.
    var refused: [String] = []
    /// The trust list in force, where one says whom to trust.
    var list: TrustList? { taken?.list }

    private let source: TrustFolder
    private let store: TrustStore
    private var folders: TrustFolder.Content
    private var taken: TakenTrustList?
    /// Of the newest trust list that was ever taken, be it believed still or not.
    private var mark: TrustListMark?
    /// By line: the newest list ever seen of it, of which it was known then who had signed it.
    private var newest: [String: Revocation.Verified]
    /// Paths from issuers that were seen to sign lists, by key: the one seen last.
    private var listIssuers: [[UInt8]: [Certificate]] = [:]
    /// By URL: what it answered last and was good.
    private var fetched: [String: [RevocationList]] = [:]
    /// When what is in force was made, by our clock.
    private var renewedAt: Int

    /// Reads all that is on the disk; nothing is written. Before it counts, ``keep()`` makes it safe.
    init(_ settings: Configuration.Verification, store: TrustStore, at now: Int) throws {
        source = TrustFolder(settings: settings)
        self.store = store
        folders = try source.content()
        newest = try store.revocationLists()
        trust = TrustSnapshot(anchors: [], settings: settings.trust, epoch: 0)
        renewedAt = now
        if case .trustList = settings.anchors { try startWithTrustList(at: now) }
        renew(at: now)
    }

    /// Of the CRLs' folder, by the file: why it was not read.
    var unread: [String: String] { folders.unread }

    /// False if they say what they said before. Throws, and changes nothing, if a certificate in them cannot be read.
    mutating func readFolders() throws -> Bool {
        let before = folders
        folders = try source.content(after: before)
        return !folders.isSame(as: before)
    }

    /// Whether a list has begun since ``renew(at:)``, in the place of which an older one has served until now.
    func hasBegunList(at now: Int) -> Bool {
        trust.revocation.lists.contains { !$0.hasBegun(at: renewedAt) && $0.hasBegun(at: now) }
    }

    /// Makes the trust in force of what has been read.
    mutating func renew(at now: Int) {
        renewedAt = now
        dropUnpinnedTrustList()
        let anchors = isListInForce(at: now) ? list?.anchors ?? [] : folders.anchors
        let base = TrustSnapshot(
            anchors: anchors, revocationLists: trust.revocation.lists + newest.values.map(\.list),
            listIssuers: signers, settings: folders.settings, epoch: trust.epoch)
        // An older list than the one we have is somebody's attempt to take a revocation back (RFC 5280 §6.3).
        let (fresh, refused) = base.replacingRevocationLists(
            with: (Array(folders.revocationLists.values) + fetched.values).flatMap { $0 }, epoch: trust.epoch + 1,
            at: now)
        trust = fresh
        holdOnTo(fresh.revocation.verified(at: now))
        self.refused += refused + fresh.revocation.ignored
    }

    /// Takes note of issuers that were seen to sign lists. False if nothing is new.
    mutating func learn(_ seen: [[Certificate]], at now: Int) -> Bool {
        let before = listIssuers
        for path in seen { if let key = path.first?.keyOrWhole { listIssuers[key] = path } }
        guard listIssuers != before else { return false }
        trust = trust.knowing(signers)
        holdOnTo(trust.revocation.verified(at: now))
        return true
    }

    /// Paths from all who are known to have signed lists.
    private var signers: [[Certificate]] { listIssuers.values + newest.values.map(\.signer) }

    private mutating func holdOnTo(_ lists: [String: Revocation.Verified]) {
        newest.merge(lists) { $0.list.isNewer(than: $1.list) ? $0 : $1 }
    }

    /// Puts on the disk what is not to be gone back on.
    func keep() throws {
        if let taken { try store.keep(taken) }
        try keepRevocationLists()
    }

    func keepRevocationLists() throws { try store.keep(newest) }
}

extension TrustState {
    /// Takes a CRL from the network. False if it is what that URL said before.
    mutating func take(_ content: [UInt8], from url: String, at now: Int) throws -> Bool {
        let lists = try RevocationList.all(in: content.span, atMost: TrustLimits.listsOfOneURL)
        guard !lists.isEmpty else { throw TrustFault.noList }
        guard lists.map(\.der) != fetched[url]?.map(\.der) else { return false }
        for list in lists {
            if let defect = trust.defect(of: list) { throw TrustFault.uselessList(defect, list.issuerText) }
            guard trust.isAuthoritative(list) else { throw TrustFault.foreignList(list.issuerText) }
            guard !trust.supersedes(list, at: now) else { throw TrustFault.olderList(list.issuerText) }
            // The one in force serves until our clock has come so far, and this one is taken when it is next asked for.
            guard list.hasBegun(at: now) else { throw TrustFault.earlyList(list.issuerText) }
        }
        fetched[url] = lists
        return true
    }

    /// Takes a trust list, if it is newer than any before, and not until that is on the disk. False if it is the one in force.
    mutating func take(trustList jws: [UInt8], at now: Int) throws -> Bool {
        guard let fresh = try judged(jws, at: now) else { return false }
        try store.keep(fresh)
        use(fresh)
        return true
    }

    /// The same with the one in the file, where there is to be one.
    mutating func readTrustList(at now: Int) throws -> Bool {
        guard let jws = try trustListFile() else { return false }
        return try take(trustList: jws, at: now)
    }

    private func trustListFile() throws(FileFault) -> [UInt8]? {
        guard case .trustList(.file(let folder, let name), _) = source.settings.anchors else { return nil }
        return try WatchedFolder(folder).read(name, atMost: TrustList.largest)
    }

    /// Nil if it is the one in force.
    private func judged(_ jws: [UInt8], at now: Int) throws(TrustFault) -> TakenTrustList? {
        do throws(TrustListFault) {
            let fresh = try TrustList(jws, signers: folders.signers, at: now)
            try fresh.requireNewest(after: mark, at: now)
            guard fresh.sequence != list?.sequence else { return nil }
            return TakenTrustList(list: fresh, jws: jws, mark: TrustListMark(of: fresh, takenAt: now))
        } catch { throw .trustList(error) }
    }

    private mutating func use(_ fresh: TakenTrustList) {
        taken = fresh
        mark = fresh.mark
    }

    /// Whether the trust list still counts: until its end or, with `revocation: soft`, for the days of grace beyond.
    func isListInForce(at now: Int) -> Bool {
        guard let list else { return false }
        let grace = if case .soft(let grace) = source.settings.trust.revocation { grace } else { 0 }
        return now < list.expires || now - list.expires < grace
    }

    /// What was kept goes first, if its signer is still pinned. A file that is missing, or an old list in it, does not keep the
    /// daemon from starting with that one; ``TrustWatch`` looks again, and tells of it.
    private mutating func startWithTrustList(at now: Int) throws {
        let kept = try store.trustList()
        mark = kept.mark
        if let jws = kept.jws, let mark { goOn(with: jws, mark, at: now) }
        do {
            if let jws = try trustListFile(), let fresh = try judged(jws, at: now) { use(fresh) }
        } catch { if taken == nil { throw error } }
    }

    private mutating func goOn(with jws: [UInt8], _ mark: TrustListMark, at now: Int) {
        // It is written before its mark, which may be of the one before.
        if let list = try? TrustList(jws, signers: folders.signers, at: now), list.sequence > mark.sequence {
            return use(TakenTrustList(list: list, jws: jws, mark: TrustListMark(of: list, takenAt: now)))
        }
        do throws(TrustListFault) {
            let list = try TrustList(jws, signers: folders.signers, at: mark.takenAt)
            if mark.isOf(list) { taken = TakenTrustList(list: list, jws: jws, mark: mark) }
        } catch { refused.append("trust list no longer believed: \(error)") }
    }

    /// Judged by the time at which it was taken: only that its signer is pinned must go on.
    private mutating func dropUnpinnedTrustList() {
        guard let taken else { return }
        do throws(TrustListFault) {
            _ = try TrustList(taken.jws, signers: folders.signers, at: taken.mark.takenAt)
        } catch {
            self.taken = nil
            refused.append("trust list no longer believed: \(error)")
        }
    }
}

/// Why what was offered is not trusted.
enum TrustFault: Error, CustomStringConvertible {
    case noList
    /// Why, and whose.
    case uselessList(String, String)
    case foreignList(String)
    case olderList(String)
    case earlyList(String)
    case trustList(TrustListFault)
    /// The file in which another process has kept a newer one.
    case overtaken(String)

    var description: String {
        switch self {
        case .noList: "there is no CRL in it"
        case .uselessList(let defect, let issuer): "crl refused: it is of no use: \(defect), \(issuer)"
        case .foreignList(let issuer):
            "crl refused: neither an anchor nor one of revocationListSigners has signed it, \(issuer)"
        case .olderList(let issuer): "crl refused: older than the one in use, \(issuer)"
        case .earlyList(let issuer): "crl refused: from the future, by this machine's clock, \(issuer)"
        case .trustList(let fault): "trust list refused: \(fault)"
        case .overtaken(let file): "another process has put a newer list than ours into \(file): start again"
        }
    }
}
