package import Certificates
internal import Foundation
internal import LibCrypto
internal import Synchronization

/// Chains that were fetched lately and held, a file for each URL, so that a restart is not a cold start.
///
/// Nothing in it is trusted: whoever reads has each one judged anew. Its methods wait for the disk.
package final class KeptChains: Sendable {
    private let folder: String
    private let limit: Int
    /// When each was fetched, by the name of its file.
    private let files = Mutex<[String: Int]>([:])

    /// - Parameters:
    ///   - folder: is made if it is not there, for its owner alone.
    ///   - limit: files; to make room, the one that was fetched first goes.
    package init(folder: String, limit: Int = 2_000) throws(FileFault) {
        self.folder = folder
        self.limit = limit
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw .notWritten(folder, error.localizedDescription) }
    }

    /// In the place of what the URL answered before, which goes even if this may not be stored.
    package func keep(_ chain: FetchedChain) throws(FileFault) {
        let name = Self.name(of: chain.url)
        guard chain.mayBeStored else { return remove(name) }
        try IssuedFile.replace("\(folder)/\(name)", KeptChain.bytes(of: chain))
        let oldest = files.withLock { files in
            files[name] = chain.at
            return files.count > limit ? files.min { $0.value < $1.value }?.key : nil
        }
        if let oldest { remove(oldest) }
    }

    /// All of them, fresh or not. What is not as it was written is told of and removed.
    package func chains(
        rules: CertificateURLRules, refuse: (_ file: String, _ reason: String) -> Void
    ) throws(FileFault) -> [FetchedChain] {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
            throw .notRead(folder, error.localizedDescription)
        }
        return names.sorted().compactMap { name -> FetchedChain? in
            // Cut short by a crash.
            if name.hasSuffix(".new") { remove(name) }
            guard name.hasSuffix(Self.suffix) else { return nil }
            do throws(KeptChainFault) {
                let chain = try self.chain(in: name, rules)
                files.withLock { $0[name] = chain.at }
                return chain
            } catch {
                remove(name)
                refuse("\(folder)/\(name)", error.reason)
                return nil
            }
        }
    }

    /// Of a chain that turned out not to hold.
    package func remove(_ url: CertificateURL) { remove(Self.name(of: url)) }

    private func remove(_ name: String) {
        try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        files.withLock { $0[name] = nil }
    }

    private func chain(in name: String, _ rules: CertificateURLRules) throws(KeptChainFault) -> FetchedChain {
        guard let file = FileHandle(forReadingAtPath: "\(folder)/\(name)"),
            let data = try? file.read(upToCount: KeptChain.longest + 1)
        else { throw .unreadable }
        let chain = try KeptChain.chain(of: Array(data), rules)
        guard Self.name(of: chain.url) == name else { throw .anotherURL }
        return chain
    }

    private static let suffix = ".chain"

    private static func name(of url: CertificateURL) -> String {
        let digest: [UInt8] = SHA256.digest(url.text.utf8.span)
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + suffix
    }
}
