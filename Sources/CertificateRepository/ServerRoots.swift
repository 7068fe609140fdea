internal import Foundation
package import LibCrypto

/// What the certificates of web servers must end at. No chain of a signer is believed for ending there.
package enum ServerRoots {
    /// Where systems keep the roots of the Web PKI: Debian and its kin, Red Hat and its kin.
    private static let places = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]

    /// - Parameters:
    ///   - path: a PEM file, or a folder of them; nil for those of the machine.
    ///   - mayBeNone: whether a machine without any will do.
    package static func read(_ path: String?, mayBeNone: Bool) throws -> [Certificate] {
        guard let path = path ?? places.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
            guard !mayBeNone else { return [] }
            throw ServerRootsFault.absent(places[0])
        }
        let roots = try files(at: path).flatMap { file in
            guard let text = FileManager.default.contents(atPath: file) else {
                throw ServerRootsFault.unreadable(file)
            }
            do { return try Certificate.all(inPEM: Array(text).span, atMost: 1_000) } catch {
                throw ServerRootsFault.malformed(file, "\(error)")
            }
        }
        guard !roots.isEmpty else { throw ServerRootsFault.empty(path) }
        return roots
    }

    /// In the order of their names; hidden ones, such as an editor's, are left out.
    private static func files(at path: String) -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return [path] }
        return names.filter { !$0.hasPrefix(".") }.sorted().map { "\(path)/\($0)" }
    }
}

package enum ServerRootsFault: Error, Hashable, Sendable, CustomStringConvertible {
    case absent(String)
    case unreadable(String)
    case malformed(String, String)
    case empty(String)

    package var description: String {
        switch self {
        case .absent(let file):
            """
            \(file): no roots of the Web PKI: apt-get install ca-certificates, or name others with \
            verification.fetching.roots, for countersign keys with --server-roots
            """
        case .unreadable(let file): "\(file): cannot be read"
        case .malformed(let file, let reason): "\(file): \(reason)"
        case .empty(let file): "\(file): no certificate in it"
        }
    }
}
