internal import Certificates
internal import Foundation
internal import LibCrypto

/// What has been trusted so far, in `data/trust`: the newest CRL of each authority (`LINE.crl`), the last trust list, and the
/// mark of that.
///
/// They are the marks below which nothing is accepted again, and what a restart goes on with. No list in it is believed for being
/// there: whoever reads it checks each signature anew.
struct TrustStore: Sendable {
    private let folder: WatchedFolder

    private static let trustList = "trust-list.jws", mark = "trust-list.mark"

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

    /// The last trust list that was taken, and its mark. The list alone would be forgotten with its signer.
    func trustList() throws -> (jws: [UInt8]?, mark: TrustListMark?) {
        let names = try folder.names()
        let jws = names.contains(Self.trustList) ? try read(Self.trustList, TrustList.largest) : nil
        guard names.contains(Self.mark) else {
            guard jws == nil else { throw unusable(Self.mark, "it is missing, and \(Self.trustList) is there") }
            return (nil, nil)
        }
        guard let mark = TrustListMark(try read(Self.mark, TrustListMark.largest)) else {
            throw unusable(Self.mark, "it does not say which trust list was the newest")
        }
        return (jws, mark)
    }

    /// The mark first: should the list be lost, it can be had again, and nothing older counts until then.
    func keep(_ list: TakenTrustList) throws {
        // Another process may have gone further since we read it.
        if let kept = try trustList().mark, kept.sequence > list.mark.sequence {
            throw TrustFault.trustList(.older(list.mark.sequence, than: kept.sequence))
        }
        try replace(Self.mark, list.mark.text)
        try replace(Self.trustList, list.jws)
    }

    private func replace(_ name: String, _ content: [UInt8]) throws(FileFault) {
        let present = try? folder.read(name, atMost: content.count)
        if present == content { return }
        try IssuedFile.replace("\(folder.path)/\(name)", content)
    }

    private func read(_ name: String, _ limit: Int) throws -> [UInt8] {
        do throws(FileFault) { return try folder.read(name, atMost: limit) } catch { throw unusable(name, error) }
    }

    private func unusable(_ name: String, _ reason: any CustomStringConvertible) -> ConfigurationError {
        let remedy =
            name == Self.mark
            ? "put it back, or remove it and \(Self.trustList), after which an older trust list may be accepted once"
            : "put it back, or remove it, after which older ones than it was will be accepted again"
        return ConfigurationError(file: "\(folder.path)/\(name)", line: nil, reason: "\(reason); \(remedy)")
    }
}

/// A trust list as it was taken.
struct TakenTrustList: Sendable {
    let list: TrustList
    let jws: [UInt8]
    let mark: TrustListMark
}
