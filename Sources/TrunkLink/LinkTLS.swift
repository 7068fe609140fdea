internal import Certificates
internal import Foundation
internal import LibCrypto
internal import NIOSSL

/// What one end of the link proves itself with, and whom it believes: TLS 1.2 or later, with certificates of both ends that
/// are no certificates for signing calls (RFC 9325).
package struct LinkTLS: Sendable {
    /// The SPC that our certificate names.
    package let carrier: String
    let server: NIOSSLContext
    let client: NIOSSLContext
    let revocation: LinkRevocation

    /// - Parameters:
    ///   - chainFile: PEM, our certificate first.
    ///   - keyFile: PEM, unencrypted, of mode 0600.
    ///   - roots: PEM, a file or a folder: who issues the peers' certificates.
    ///   - revocationLists: a folder of their CRLs, PEM or DER.
    package init(chainFile: String, keyFile: String, roots: String, revocationLists: String?) throws(LinkFault) {
        let chain = try Self.certificates(chainFile)
        var trusted: [NIOSSLCertificate] = []
        for file in try Self.files(roots) { trusted += try Self.certificates(file) }
        guard !trusted.isEmpty else { throw .notACertificate(file: roots) }
        let own: LinkCertificate
        do throws(LinkFault) { own = try LinkCertificate(chain[0]) } catch {
            throw error == .certificateSignsCalls ? .signsCalls(file: chainFile) : .noCarrier(file: chainFile)
        }
        carrier = own.carrier
        revocation = LinkRevocation(
            try Self.lists(revocationLists), roots: trusted.compactMap { LinkCertificate.parsed($0) })
        let key: [UInt8]
        do throws(FileFault) { key = try IssuedFile.readPrivate(keyFile) } catch { throw .file(error) }
        do {
            let key = NIOSSLPrivateKeySource.privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
            var server = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: key)
            var client = TLSConfiguration.makeClientConfiguration()
            (client.certificateChain, client.privateKey) = (chain.map { .certificate($0) }, key)
            self.server = try NIOSSLContext(configuration: Self.strict(&server, trusted))
            self.client = try NIOSSLContext(configuration: Self.strict(&client, trusted))
        } catch { throw .notTheKey(file: keyFile, "\(error)") }
    }

    /// The certificate names a carrier and no host, so that the host's name proves nothing.
    private static func strict(
        _ configuration: inout TLSConfiguration, _ roots: [NIOSSLCertificate]
    ) -> TLSConfiguration {
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates(roots)
        configuration.applicationProtocols = ["countersign/1"]
        return configuration
    }

    private static func certificates(_ file: String) throws(LinkFault) -> [NIOSSLCertificate] {
        let pem: [UInt8]
        do throws(FileFault) { pem = try IssuedFile.read(file) } catch { throw .file(error) }
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(pem), !certificates.isEmpty else {
            throw .notACertificate(file: file)
        }
        return certificates
    }

    /// Those of a folder, hidden ones and those on their way left out; or the one file.
    private static func files(_ path: String) throws(LinkFault) -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return [path] }
        return names.filter { !$0.hasPrefix(".") }.sorted().map { "\(path)/\($0)" }
    }

    private static func lists(_ folder: String?) throws(LinkFault) -> [RevocationList] {
        guard let folder else { return [] }
        var lists: [RevocationList] = []
        for file in try files(folder) {
            let content: [UInt8]
            do throws(FileFault) { content = try IssuedFile.read(file) } catch { throw .file(error) }
            // A CRL that cannot be read may be the one that revokes.
            guard let read = try? RevocationList.all(in: content.span, atMost: 100) else {
                throw .notACertificate(file: file)
            }
            lists += read
        }
        return lists
    }
}

/// The peer's certificate, whose chain TLS has verified.
struct LinkCertificate {
    let carrier: String
    let certificate: Certificate

    private static let prefix = "urn:countersign:spc:"

    init(_ presented: NIOSSLCertificate) throws(LinkFault) {
        guard let certificate = Self.parsed(presented) else { throw .certificateNamesNobody }
        guard !certificate.extensions.contains(where: { $0.oid == TNAuthList.oid }) else {
            throw .certificateSignsCalls
        }
        let names = presented._subjectAlternativeNames().filter { $0.nameType == .uri }
            .map { String(decoding: $0.contents, as: UTF8.self) }.filter { $0.hasPrefix(Self.prefix) }
        // Of two, the other could be meant.
        guard names.count == 1, let carrier = names.first?.dropFirst(Self.prefix.count), Self.isCode(carrier) else {
            throw .certificateNamesNobody
        }
        self.carrier = String(carrier)
        self.certificate = certificate
    }

    static func parsed(_ certificate: NIOSSLCertificate) -> Certificate? {
        guard let der = try? certificate.toDERBytes() else { return nil }
        return try? Certificate(der: der.span)
    }

    private static func isCode(_ text: Substring) -> Bool {
        (1...16).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            }
    }
}

/// The CRLs of those who issue certificates of the link. One that no root signed speaks for nobody.
struct LinkRevocation: Sendable {
    private let lists: [RevocationList]

    init(_ lists: [RevocationList], roots: [Certificate]) {
        self.lists = lists.filter { list in roots.contains { list.isSigned(by: $0) } }
    }

    func revokes(_ certificate: Certificate) -> Bool { lists.contains { $0.revokes(certificate) } }
}
