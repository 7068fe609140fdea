internal import Certificates
internal import Foundation
internal import LibCrypto

/// What has been trusted so far, in `data/trust`: the newest CRL of each issuer (`LINE.crl`) with the path from who signed it
/// to an anchor (`LINE.pem`), the last trust list, and the mark of that.
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
    func revocationLists() throws -> [String: Revocation.Verified] {
        var lists: [String: Revocation.Verified] = [:]
        let names = try folder.names()
        for name in names where name.hasSuffix(".crl") {
            let line = String(name.dropLast(4)), path = "\(line).pem"
            guard names.contains(path) else { throw unusable(path, "it is missing, and \(name) is there") }
            let list = try parsed(name, TrustLimits.revocationList) { content throws(OpenSSLError) in
                try RevocationList(der: content.span)
            }
            let signer = try parsed(path, TrustLimits.certificates) { content throws(OpenSSLError) in
                try Certificate.all(inPEM: content.span, atMost: TrustLimits.longestPath)
            }
            lists[line] = Revocation.Verified(list: list, signer: signer)
        }
        return lists
    }

    /// The path first, since a list without one says nothing of who signed it.
    func keep(_ lists: [String: Revocation.Verified]) throws {
        for (line, verified) in lists {
            try requireNoneNewer(than: verified.list, "\(line).crl")
            try replace("\(line).pem", Array(verified.signer.map(\.pem).joined().utf8))
            try replace("\(line).crl", verified.list.der)
        }
    }

    /// Another process may have gone further since we read it.
    private func requireNoneNewer(than list: RevocationList, _ name: String) throws(TrustFault) {
        guard let kept = try? folder.read(name, atMost: TrustLimits.revocationList), kept != list.der else { return }
        guard (try? RevocationList(der: kept.span))?.isNewer(than: list) != true else {
            throw .overtaken("\(folder.path)/\(name)")
        }
    }

    private func parsed<Value>(
        _ name: String, _ limit: Int, _ parse: ([UInt8]) throws(OpenSSLError) -> Value
    ) throws -> Value {
        let content = try read(name, limit)
        do throws(OpenSSLError) { return try parse(content) } catch { throw unusable(name, error) }
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

    /// The list first: one without its mark is told by its number, and a mark without its list would leave nobody trusted.
    func keep(_ list: TakenTrustList) throws {
        let kept = try trustList().mark
        // Another process may have gone further since we read it.
        if let kept, kept.sequence > list.mark.sequence {
            throw TrustFault.trustList(.older(list.mark.sequence, than: kept.sequence))
        }
        // Before there is any mark nobody is trusted yet, and from the first on none is to be missing.
        if kept == nil { try replace(Self.mark, list.mark.text) }
        try replace(Self.trustList, list.jws)
        try replace(Self.mark, list.mark.text)
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
        let stem = name.prefix { $0 != "." }
        return ConfigurationError(
            file: "\(folder.path)/\(name)", line: nil,
            reason: "\(reason); put it back, or remove \(stem).*, after which older ones than were seen count again")
    }
}

/// A trust list as it was taken.
struct TakenTrustList: Sendable {
    let list: TrustList
    let jws: [UInt8]
    let mark: TrustListMark
}
