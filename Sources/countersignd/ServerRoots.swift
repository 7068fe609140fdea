internal import Foundation
internal import LibCrypto

/// What the certificates of web servers must end at. No chain of a signer is believed for ending there.
enum ServerRoots {
    /// Where systems keep the roots of the Web PKI: Debian and its kin, Red Hat and its kin.
    private static let places = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]

    /// - Parameters:
    ///   - path: a PEM file, or a folder of them; nil for those of the machine.
    ///   - mayBeNone: whether a machine without any will do.
    static func read(_ path: String?, mayBeNone: Bool) throws -> [Certificate] {
        guard let path = path ?? places.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
            guard !mayBeNone else { return [] }
            throw ConfigurationError(
                file: places[0], line: nil,
                reason: "no roots of the Web PKI: apt-get install ca-certificates, or set verification.fetching.roots")
        }
        let roots = try files(at: path).flatMap { file in
            guard let text = FileManager.default.contents(atPath: file) else {
                throw ConfigurationError(file: file, line: nil, reason: "cannot be read")
            }
            do { return try Certificate.all(inPEM: Array(text).span, atMost: 1_000) } catch {
                throw ConfigurationError(file: file, line: nil, reason: "\(error)")
            }
        }
        guard !roots.isEmpty else { throw ConfigurationError(file: path, line: nil, reason: "no certificate in it") }
        return roots
    }

    /// In the order of their names; hidden ones, such as an editor's, are left out.
    private static func files(at path: String) -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return [path] }
        return names.filter { !$0.hasPrefix(".") }.sorted().map { "\(path)/\($0)" }
    }
}
