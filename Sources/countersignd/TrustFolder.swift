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
        let revocationLists: [RevocationList]
        let settings: TrustSettings
    }

    func content() throws -> Content {
        var anchors: [Certificate] = [], signers: [Certificate] = []
        switch settings.anchors {
        case .folder(let path): anchors = try atLeastOne(in: path)
        case .trustList(_, let path): signers = try atLeastOne(in: path)
        }
        return Content(
            anchors: anchors, signers: signers, revocationLists: try revocationLists(), settings: try trustSettings())
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

    private func revocationLists() throws -> [RevocationList] {
        guard let folder = settings.revocationLists else { return [] }
        return try Self.files(in: folder, atMost: TrustLimits.revocationList).flatMap { file in
            do { return try RevocationList.all(in: file.bytes.span, atMost: 1_000) } catch {
                throw ConfigurationError(file: file.path, line: nil, reason: "\(error)")
            }
        }
    }

    private func certificates(in folder: String) throws -> [Certificate] {
        try Self.files(in: folder, atMost: TrustLimits.certificates).flatMap { file in
            do { return try Certificate.all(inPEM: file.bytes.span, atMost: 1_000) } catch {
                throw ConfigurationError(file: file.path, line: nil, reason: "\(error)")
            }
        }
    }

    /// In the order of their names; hidden ones, such as an editor's, are left out.
    private static func files(in path: String, atMost limit: Int) throws -> [(path: String, bytes: [UInt8])] {
        let folder = WatchedFolder(path)
        do throws(FileFault) {
            var files: [(path: String, bytes: [UInt8])] = []
            for name in try folder.names() { files.append(("\(path)/\(name)", try folder.read(name, atMost: limit))) }
            return files
        } catch {
            guard case .notRead(let file, let reason) = error else { throw error }
            throw ConfigurationError(file: file, line: nil, reason: reason)
        }
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
