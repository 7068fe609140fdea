internal import Certificates
internal import LibCrypto

/// Reads what is trusted from folders of files.
struct TrustFolder {
    let settings: Configuration.Verification

    /// Of all whose change is to count at once.
    var states: [WatchedFolder.State] {
        let others = [settings.revocationLists, settings.revocationListSigners].compactMap { $0 }
            .map { WatchedFolder($0).state }
        return switch settings.anchors {
        case .folder(let path): [WatchedFolder(path).state] + others
        case .trustList(.url, let signers): [WatchedFolder(signers).state] + others
        case .trustList(.file(let folder, let name), let signers):
            [WatchedFolder(signers).state, WatchedFolder(folder).state(of: name)] + others
        }
    }

    /// What is in the folders at one moment.
    struct Content: Sendable {
        /// None where a trust list names them.
        let anchors: [Certificate]
        /// Whose trust lists are believed.
        let signers: [Certificate]
        /// By the file they are in.
        let revocationLists: [String: [RevocationList]]
        /// By the file: why it was not read. What was in it before stays among the lists.
        let unread: [String: String]
        let settings: TrustSettings

        func isSame(as other: Content) -> Bool {
            anchors == other.anchors && signers == other.signers
                && settings.revocationListSigners == other.settings.revocationListSigners
                && revocationLists.mapValues { $0.map(\.der) } == other.revocationLists.mapValues { $0.map(\.der) }
        }
    }

    /// Throws if a certificate cannot be read, since without it others are trusted than were meant. A file that is not one of
    /// CRLs must not keep the revocations in the others out.
    func content(after before: Content? = nil) throws -> Content {
        var anchors: [Certificate] = [], signers: [Certificate] = []
        switch settings.anchors {
        case .folder(let path): anchors = try atLeastOne(in: path)
        case .trustList(_, let path): signers = try atLeastOne(in: path)
        }
        let (lists, unread) = try revocationLists(after: before)
        return Content(
            anchors: anchors, signers: signers, revocationLists: lists, unread: unread, settings: try trustSettings())
    }

    private func atLeastOne(in folder: String) throws -> [Certificate] {
        let found = try certificates(in: folder)
        guard !found.isEmpty else {
            throw ConfigurationError(
                file: folder, line: nil, reason: "no certificate in it: put those you trust there, as PEM")
        }
        return found
    }

    private func trustSettings() throws -> TrustSettings {
        var trust = settings.trust
        if let folder = settings.revocationListSigners { trust.revocationListSigners = try certificates(in: folder) }
        return trust
    }

    private func revocationLists(
        after before: Content?
    ) throws -> (lists: [String: [RevocationList]], unread: [String: String]) {
        guard let folder = settings.revocationLists.map({ WatchedFolder($0) }) else { return ([:], [:]) }
        var lists: [String: [RevocationList]] = [:], unread: [String: String] = [:]
        for name in try Self.names(in: folder) {
            let path = "\(folder.path)/\(name)"
            do {
                let content = try folder.read(name, atMost: TrustLimits.revocationList)
                lists[path] = try RevocationList.all(in: content.span, atMost: 1_000)
            } catch {
                unread[path] = "\(error)"
                lists[path] = before?.revocationLists[path]
            }
        }
        return (lists, unread)
    }

    /// In the order of the files' names.
    private func certificates(in path: String) throws -> [Certificate] {
        let folder = WatchedFolder(path)
        return try Self.names(in: folder).flatMap { name in
            do {
                let content = try folder.read(name, atMost: TrustLimits.certificates)
                return try Certificate.all(inPEM: content.span, atMost: 1_000)
            } catch { throw Self.unusable("\(path)/\(name)", error) }
        }
    }

    private static func names(in folder: WatchedFolder) throws -> [String] {
        do throws(FileFault) { return try folder.names() } catch { throw unusable(folder.path, error) }
    }

    private static func unusable(_ file: String, _ error: any Error) -> ConfigurationError {
        guard case FileFault.notRead(let file, let reason) = error else {
            return ConfigurationError(file: file, line: nil, reason: "\(error)")
        }
        return ConfigurationError(file: file, line: nil, reason: reason)
    }
}

/// Of one file or one answer, in bytes where it does not say otherwise.
enum TrustLimits {
    static let revocationList = 10 * 1024 * 1024
    static let certificates = 4 * 1024 * 1024
    static let listsOfOneURL = 16
    /// In certificates.
    static let longestPath = 100
}
