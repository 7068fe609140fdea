package import Certificates
internal import Foundation
internal import LibCrypto
internal import Synchronization

/// Chains that were fetched lately, held, and have verified a signature: a file for each URL, so that a restart is not a
/// cold start.
///
/// Nothing in it is trusted: whoever reads has each one judged anew. Its methods wait for the disk.
package final class KeptChains: Sendable {
    private let folder: String
    private let limit: Int
    /// When each was fetched, by the name of its file. Who reads or writes the folder has the lock.
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
        try files.withLock { files throws(FileFault) in
            guard chain.mayBeStored else { return remove(name, &files) }
            try IssuedFile.replace("\(folder)/\(name)", KeptChain.bytes(of: chain))
            files[name] = chain.at
            guard files.count > limit, let oldest = files.min(by: { $0.value < $1.value }) else { return }
            remove(oldest.key, &files)
        }
    }

    /// All of them, fresh or not. What is not as it was written is told of and removed.
    package func chains(
        rules: CertificateURLRules, refuse: (_ file: String, _ reason: String) -> Void
    ) throws(FileFault) -> [FetchedChain] {
        // Under the lock, so that what is cut short was so by a crash, and is not being written now.
        try files.withLock { files throws(FileFault) in
            var chains: [FetchedChain] = []
            for name in try names().sorted() {
                if name.hasSuffix(".new") { remove(name, &files) }
                guard name.hasSuffix(Self.suffix) else { continue }
                do throws(KeptChainFault) {
                    let chain = try self.chain(in: name, rules)
                    files[name] = chain.at
                    chains.append(chain)
                } catch {
                    remove(name, &files)
                    refuse("\(folder)/\(name)", error.reason)
                }
            }
            return chains
        }
    }

    /// Of a chain that turned out not to hold.
    package func remove(_ url: CertificateURL) { files.withLock { remove(Self.name(of: url), &$0) } }

    private func remove(_ name: String, _ files: inout [String: Int]) {
        try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        files[name] = nil
    }

    private func names() throws(FileFault) -> [String] {
        do { return try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
            throw .notRead(folder, error.localizedDescription)
        }
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
