package import Certificates

/// Why the link cannot be made, or a connection of it was ended.
package enum LinkFault: Error, Hashable, Sendable {
    // Ours.
    case file(FileFault)
    case notACertificate(file: String)
    case notTheKey(file: String, String)
    case noCarrier(file: String)
    case signsCalls(file: String)
    case notARevocationList(file: String)
    case listOfNobody(file: String, issuer: String)
    case notListening(host: String, port: Int, String)

    // The other end's.
    case handshake(String)
    case strangers
    case noSuchPeer(String)
    case certificateNamesNobody
    case certificateSignsCalls
    case revoked
    case rootGone
    case otherCarrier(said: String, certificate: String)
    case otherVersion(String)
    case refused(String)
    case notInTime
    case silent
    case slowReader
    case unfinishedMessage
    case notNetstrings
    case notAHello
    case faults(String)
    case closed
    case replaced
    case notAPeerAnyMore
    case stopping
}

extension LinkFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let fault): fault.description
        case .notACertificate(let file): "\(file): there is no certificate in PEM"
        case .notTheKey(let file, let why): "\(file): not the unencrypted key of the first certificate (\(why))"
        case .noCarrier(let file):
            "\(file): the first certificate must name its carrier by one URI, urn:countersign:spc:CODE"
        case .signsCalls(let file):
            "\(file): this certificate is for signing calls (it has a TNAuthList); the link needs one of its own"
        case .notARevocationList(let file): "\(file): there is no CRL in it, in PEM or DER"
        case .listOfNobody(let file, let issuer):
            "\(file): its CRL of \(issuer) is signed by none of link.tls.roots and link.tls.chain: add its issuer to the roots"
        case .notListening(let host, let port, let why): "cannot listen on \(host) port \(port): \(why)"
        case .handshake(let why): "no TLS: \(why)"
        case .strangers: "too many connections whose other end has not said who it is"
        case .noSuchPeer(let carrier): "\(carrier) is no active peer of ours: countersign peers add \(carrier)"
        case .certificateNamesNobody: "its certificate names no carrier by a URI urn:countersign:spc:CODE"
        case .certificateSignsCalls: "its certificate is for signing calls (it has a TNAuthList)"
        case .revoked: "its certificate is revoked"
        case .rootGone: "nobody in link.tls.roots vouches for its certificate any more"
        case .otherCarrier(let said, let certificate): "it says to be \(said), and its certificate is of \(certificate)"
        case .otherVersion(let version): "it speaks version \(version), which \(LinkVersion.own) does not understand"
        case .refused(let why): "it refused us: \(why)"
        case .notInTime: "it did not say who it is in time"
        case .silent: "nothing was heard of it"
        case .slowReader: "it does not read what it is sent"
        case .unfinishedMessage: "a message was not finished in time"
        case .notNetstrings: "what it sends is no netstring, or too long"
        case .notAHello: "it did not begin with hello"
        case .faults(let last): "too much of what it sent was wrong, such as: \(last)"
        case .closed: "it closed the connection"
        case .replaced: "a newer connection took its place"
        case .notAPeerAnyMore: "it is no active peer any more"
        case .stopping: "we are stopping"
        }
    }
}
