internal import Certificates
internal import Foundation
internal import LibCrypto

/// Reads what is trusted from folders of files.
struct TrustFolder {
    let settings: Configuration.Verification

    func snapshot(epoch: Int) throws -> TrustSnapshot {
        let anchors = try certificates(in: settings.anchors)
        guard !anchors.isEmpty else {
            throw ConfigurationError(
                file: settings.anchors, line: nil, reason: "no certificate in it: put the roots you trust there, as PEM"
            )
        }
        var trust = settings.trust
        if let folder = settings.revocationListSigners { trust.revocationListSigners = try certificates(in: folder) }
        let lists =
            try settings.revocationLists.map { try files(in: $0).map { try Self.lists($0) }.flatMap { $0 } } ?? []
        return TrustSnapshot(anchors: anchors, revocationLists: lists, settings: trust, epoch: epoch)
    }

    private func certificates(in folder: String) throws -> [Certificate] {
        try files(in: folder).flatMap { file in
            do {
                return try Certificate.all(inPEM: file.bytes.span, atMost: 1_000)
            } catch {
                throw ConfigurationError(file: file.path, line: nil, reason: "\(error)")
            }
        }
    }

    private static func lists(_ file: (path: String, bytes: [UInt8])) throws -> [RevocationList] {
        do {
            let isPEM = String(decoding: file.bytes, as: UTF8.self).contains("-----BEGIN")
            return isPEM
                ? try RevocationList.all(inPEM: file.bytes.span, atMost: 1_000)
                : [try RevocationList(der: file.bytes.span)]
        } catch {
            throw ConfigurationError(file: file.path, line: nil, reason: "\(error)")
        }
    }

    /// In the order of their names; hidden ones, such as an editor's, are left out.
    private func files(in folder: String) throws -> [(path: String, bytes: [UInt8])] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }.sorted()
        } catch {
            throw ConfigurationError(file: folder, line: nil, reason: "is not a folder that can be read")
        }
        return try names.map { name in
            let path = "\(folder)/\(name)"
            guard let data = FileManager.default.contents(atPath: path) else {
                throw ConfigurationError(file: path, line: nil, reason: "cannot be read")
            }
            return (path, Array(data))
        }
    }
}
