internal import Certificates
internal import NIOSSL

/// What the publishing listener proves its name with: a certificate of the Web PKI and its key, TLS 1.2 or later.
package struct PublishingIdentity: Sendable {
    let context: NIOSSLContext

    /// - Parameters:
    ///   - chainFile: PEM, the server's own certificate first.
    ///   - keyFile: PEM, unencrypted, of mode 0600.
    package init(chainFile: String, keyFile: String) throws(PublishingFault) {
        let chain: [UInt8], key: [UInt8]
        do throws(FileFault) {
            (chain, key) = (try IssuedFile.read(chainFile), try IssuedFile.readPrivate(keyFile))
        } catch { throw .file(error) }
        let certificates: [NIOSSLCertificate]
        do { certificates = try NIOSSLCertificate.fromPEMBytes(chain) } catch {
            throw .identity(file: chainFile, "no certificates in PEM")
        }
        do {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: certificates.map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem)))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw .identity(
                file: keyFile, "not the unencrypted key of the first certificate in \(chainFile) (\(error))")
        }
    }
}
