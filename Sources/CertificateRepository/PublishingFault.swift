package import Certificates
package import LibCrypto

/// Why a file is not published, or nothing is.
package enum PublishingFault: Error, Hashable, Sendable {
    case name
    case file(FileFault)
    case notAChain(CertificateFault)
    case notARevocationList(OpenSSLError)
    case notOneRevocationList
    case tooManyFiles
    case tooManyBytes
    case identity(file: String, String)
    case notListening(host: String, port: Int, String)
}

extension PublishingFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .name:
            "its name is not one of letters, digits, '.', '-' and '_' that ends in .pem or .crl; keep other files elsewhere"
        case .file(let fault): fault.description
        case .notAChain(let fault):
            "not a chain that verifiers would accept (\(fault)); put the signer's certificate first, then its issuers, and nothing else"
        case .notARevocationList(let error): "not a CRL (\(error)); write it with: countersign ca crl"
        case .notOneRevocationList: "no CRL is in it; write one with: countersign ca crl"
        case .tooManyFiles:
            "there are more than \(PublishedFiles.most) files; remove those of certificates that have expired"
        case .tooManyBytes: "the files before it fill \(PublishedFiles.largest) bytes; publish large CRLs elsewhere"
        case .identity(let file, let reason): "\(file): \(reason)"
        case .notListening(let host, let port, let reason): "cannot listen on \(host) port \(port): \(reason)"
        }
    }
}
