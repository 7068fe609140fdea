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
    /// Who issues the peers' certificates, and who stands between one of them and our own.
    private let anchors, issuers: [Certificate]

    /// - Parameters:
    ///   - chainFile: PEM, our certificate first.
    ///   - keyFile: PEM, unencrypted, of mode 0600.
    ///   - roots: PEM, a file or a folder: who issues the peers' certificates.
    ///   - revocationLists: a folder of their CRLs, PEM or DER, and of those of our own certificate's issuers.
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
        anchors = trusted.compactMap { LinkCertificate.parsed($0) }
        issuers = chain.dropFirst().compactMap { LinkCertificate.parsed($0) }
        revocation = try LinkRevocation(revocationLists, anchors: anchors, issuers: issuers)
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
    fileprivate static func files(_ path: String) throws(LinkFault) -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return [path] }
        return names.filter { !$0.hasPrefix(".") }.sorted().map { "\(path)/\($0)" }
    }
}

extension LinkTLS {
    /// Whether whoever was believed by the other may not be any more.
    func lacksRoots(of other: LinkTLS) -> Bool { !Set(other.anchors.map(\.der)).isSubset(of: anchors.map(\.der)) }

    /// Whether there is a way from a certificate to a root, as far as that can be told without the chain that came with it.
    func vouches(for certificate: Certificate) -> Bool {
        (try? certificate.path(through: issuers, to: anchors)) != nil
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

/// The CRLs of those who issue certificates of the link: of a root, which speaks for all below it, or of an issuer of our own
/// certificate, which speaks for its own.
struct LinkRevocation: Sendable {
    private var ofRoots: [RevocationList] = []
    private var ofIssuers: [RevocationList] = []

    private static let mostListsInFile = 100

    /// - Parameter folder: where they are; nil where there are none. One that nobody known has signed is refused, since it
    ///   may be the one that revokes.
    init(_ folder: String?, anchors: [Certificate], issuers: [Certificate]) throws(LinkFault) {
        guard let folder else { return }
        for file in try LinkTLS.files(folder) {
            for list in try Self.lists(file) {
                if anchors.contains(where: list.isSigned(by:)) {
                    ofRoots.append(list)
                } else if issuers.contains(where: list.isSigned(by:)) {
                    ofIssuers.append(list)
                } else {
                    throw .listOfNobody(file: file, issuer: list.issuerText)
                }
            }
        }
    }

    private static func lists(_ file: String) throws(LinkFault) -> [RevocationList] {
        let content: [UInt8]
        do throws(FileFault) { content = try IssuedFile.read(file) } catch { throw .file(error) }
        guard let lists = try? RevocationList.all(in: content.span, atMost: mostListsInFile), !lists.isEmpty else {
            throw .notARevocationList(file: file)
        }
        return lists
    }

    func revokes(_ certificate: Certificate) -> Bool {
        ofRoots.contains { $0.revokes(certificate) }
            || ofIssuers.contains { $0.issuer == certificate.issuer && $0.revokes(certificate) }
    }
}
