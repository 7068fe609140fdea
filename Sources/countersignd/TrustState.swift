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
    private var taken: (list: TrustList, jws: [UInt8], at: Int)?
    /// By line: the newest list ever seen of it, which an authority had signed then.
    private var newest: [String: RevocationList]
    /// By URL: what it answered last and was good.
    private var fetched: [String: [RevocationList]] = [:]

    /// Reads all that is on the disk; nothing is written.
    init(_ settings: Configuration.Verification, store: TrustStore, at now: Int) throws {
        source = TrustFolder(settings: settings)
        self.store = store
        folders = try source.content()
        newest = try store.revocationLists()
        trust = TrustSnapshot(anchors: [], settings: settings.trust, epoch: 0)
        if case .trustList = settings.anchors { try startWithTrustList(at: now) }
        renew(at: now)
    }

    /// Throws, and changes nothing, if something in one of the folders cannot be read.
    mutating func readFolders() throws { folders = try source.content() }

    /// Makes the trust in force of what has been read.
    mutating func renew(at now: Int) {
        dropUnpinnedTrustList()
        let anchors = isListInForce(at: now) ? list?.anchors ?? [] : folders.anchors
        let base = TrustSnapshot(
            anchors: anchors, revocationLists: trust.revocation.lists + newest.values, settings: folders.settings,
            epoch: trust.epoch)
        // An older list than the one we have is somebody's attempt to take a revocation back (RFC 5280 §6.3).
        let (fresh, refused) = base.replacingRevocationLists(
            with: folders.revocationLists + fetched.values.flatMap { $0 }, epoch: trust.epoch + 1)
        trust = fresh
        newest.merge(fresh.revocation.authoritative) { $1 }
        self.refused += refused + fresh.revocation.ignored
    }

    /// Puts on the disk what is not to be gone back on.
    func keep() throws(FileFault) {
        try store.keep(trust.revocation.authoritative)
        if let taken { try store.keep(trustList: taken.jws) }
    }
}

extension TrustState {
    /// Takes a CRL from the network. False if it is what that URL said before.
    mutating func take(_ content: [UInt8], from url: String, at now: Int) throws -> Bool {
        let lists = try RevocationList.all(in: content.span, atMost: TrustLimits.listsOfOneURL)
        guard !lists.isEmpty else { throw TrustFault.noList }
        guard lists.map(\.der) != fetched[url]?.map(\.der) else { return false }
        for list in lists {
            guard trust.isAuthoritative(list) else { throw TrustFault.foreignList(list.issuerText) }
            guard !trust.supersedes(list) else { throw TrustFault.olderList(list.issuerText) }
            // The one in force serves until our clock has come so far, and this one is taken when it is next asked for.
            guard list.thisUpdate <= now else { throw TrustFault.earlyList(list.issuerText) }
        }
        fetched[url] = lists
        return true
    }

    /// Takes a trust list, if it is newer than the one in force. False if it is the same.
    mutating func take(trustList jws: [UInt8], at now: Int) throws(TrustFault) -> Bool {
        do throws(TrustListFault) {
            let fresh = try TrustList(jws, signers: folders.signers, at: now)
            try fresh.requireNewest(after: list, at: now)
            guard fresh.sequence != list?.sequence else { return false }
            taken = (fresh, jws, now)
            return true
        } catch { throw .trustList(error) }
    }

    /// The same with the one in the file, where there is to be one.
    mutating func readTrustList(at now: Int) throws {
        guard case .trustList(.file(let folder, let name), _) = source.settings.anchors else { return }
        _ = try take(trustList: try WatchedFolder(folder).read(name, atMost: TrustList.largest), at: now)
    }

    /// Whether the trust list still counts: until its end or, with `revocation: soft`, for the days of grace beyond.
    func isListInForce(at now: Int) -> Bool {
        guard let list else { return false }
        let grace = if case .soft(let grace) = source.settings.trust.revocation { grace } else { 0 }
        return now < list.expires || now - list.expires < grace
    }

    /// What was kept goes first, if its signer is still pinned. An old list in the file is told of, and does not keep
    /// the daemon from starting with the newer one.
    private mutating func startWithTrustList(at now: Int) throws {
        if let jws = try store.keptTrustList(), let kept = try? TrustList(jws, signers: folders.signers, at: now) {
            taken = (kept, jws, now)
        }
        do { try readTrustList(at: now) } catch let fault as TrustFault where taken != nil {
            refused.append(fault.description)
        }
    }

    /// Judged by the time at which it was taken: only that its signer is pinned must go on.
    private mutating func dropUnpinnedTrustList() {
        guard let taken else { return }
        do throws(TrustListFault) { _ = try TrustList(taken.jws, signers: folders.signers, at: taken.at) } catch {
            self.taken = nil
            refused.append("trust list no longer believed: \(error)")
        }
    }
}

/// Why what was offered is not trusted.
enum TrustFault: Error, CustomStringConvertible {
    case noList
    case foreignList(String)
    case olderList(String)
    case earlyList(String)
    case trustList(TrustListFault)

    var description: String {
        switch self {
        case .noList: "there is no CRL in it"
        case .foreignList(let issuer):
            "crl refused: neither an anchor nor one of revocationListSigners has signed it, \(issuer)"
        case .olderList(let issuer): "crl refused: older than the one in use, \(issuer)"
        case .earlyList(let issuer): "crl refused: from the future, by this machine's clock, \(issuer)"
        case .trustList(let fault): "trust list refused: \(fault)"
        }
    }
}
