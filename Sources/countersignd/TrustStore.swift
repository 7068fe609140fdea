internal import Certificates
internal import Foundation
internal import LibCrypto

/// What has been trusted so far, in `data/trust`: the newest CRL of each authority (`LINE.crl`), and the last trust list.
///
/// They are the marks below which nothing is accepted again, and what a restart goes on with. Nothing in it is believed for being
/// there: whoever reads it checks each signature anew.
struct TrustStore: Sendable {
    private let folder: WatchedFolder

    private static let trustList = "trust-list.jws"

    init(folder: String) throws {
        self.folder = WatchedFolder(folder)
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// By line.
    func revocationLists() throws -> [String: RevocationList] {
        var lists: [String: RevocationList] = [:]
        for name in try folder.names() where name.hasSuffix(".crl") {
            let content = try read(name, TrustLimits.revocationList)
            do throws(OpenSSLError) { lists[String(name.dropLast(4))] = try RevocationList(der: content.span) } catch {
                throw unusable(name, error)
            }
        }
        return lists
    }

    func keep(_ lists: [String: RevocationList]) throws(FileFault) {
        for line in lists { try replace("\(line.key).crl", line.value.der) }
    }

    /// Nil where there has not been one.
    func keptTrustList() throws -> [UInt8]? {
        guard try folder.names().contains(Self.trustList) else { return nil }
        return try read(Self.trustList, TrustList.largest)
    }

    func keep(trustList jws: [UInt8]) throws(FileFault) { try replace(Self.trustList, jws) }

    private func replace(_ name: String, _ content: [UInt8]) throws(FileFault) {
        let present = try? folder.read(name, atMost: content.count)
        if present == content { return }
        try IssuedFile.replace("\(folder.path)/\(name)", content)
    }

    private func read(_ name: String, _ limit: Int) throws -> [UInt8] {
        do throws(FileFault) { return try folder.read(name, atMost: limit) } catch { throw unusable(name, error) }
    }

    private func unusable(_ name: String, _ error: any Error) -> ConfigurationError {
        ConfigurationError(
            file: "\(folder.path)/\(name)", line: nil,
            reason: "\(error); if it is removed, older ones than it was will be accepted again")
    }
}
