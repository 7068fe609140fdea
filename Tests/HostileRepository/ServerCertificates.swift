package import Certificates
internal import LibCrypto
package import MiniPKI
package import NIOSSL

extension MiniPKI {
    /// A web server's certificate for these names and addresses. TLS looks at the clock of the machine, so this PKI must be made at
    /// the time that it shows.
    package func server(
        _ names: [String], addresses: [InternetAddress] = [], notBefore: Int? = nil, notAfter: Int? = nil
    ) -> Party {
        leaf(notBefore: notBefore, notAfter: notAfter) { recipe in
            recipe.extensions.append(.subjectAlternativeName(names, addresses))
        }
    }

    /// Issued by the key that it certifies, to nobody's knowledge.
    package func selfSignedServer(_ name: String) -> Party {
        let own = Party.selfSigned(name, now: now)
        return leaf(by: own) { recipe in
            recipe.key = .of(own.key)
            recipe.subject = .init(country: "US", organization: "Test STI", commonName: name)
            recipe.extensions.append(.subjectAlternativeName([name], []))
        }
    }
}

extension MiniPKI.Party {
    /// What a server shows with this certificate and its issuers, and proves with its key.
    package var tls: TLSConfiguration {
        TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate(try! NIOSSLCertificate(bytes: $0.der, format: .der)) },
            privateKey: .privateKey(try! NIOSSLPrivateKey(bytes: key.pem(), format: .pem)))
    }
}

extension Certificate.Extension {
    /// RFC 5280 §4.2.1.6.
    fileprivate static func subjectAlternativeName(_ names: [String], _ addresses: [InternetAddress]) -> Self {
        let parts =
            names.map { DERElement.implicit(2, Array($0.utf8)) } + addresses.map { DERElement.implicit(7, $0.bytes) }
        return Self("2.5.29.17", isCritical: false, value: DERElement.sequence(parts).bytes)
    }
}
