/// What came of asking a certificate URL.
package enum FetchAnswer: Hashable, Sendable {
    case body(status: Int, contentType: String?, [UInt8], freshness: HTTPFreshness = .unsaid)
    /// Where to is of no interest: it is not followed.
    case redirect(String)
    case timedOut
    case tooLarge
    /// Not asked at all: there is too much to ask already.
    case overloaded
    case failed(String)

    /// What there is to be judged. A redirect is refused wherever it leads: the signer signed this URL and no other (ATIS-1000074).
    package var content: [UInt8] {
        get throws(CertificateFault) {
            switch self {
            case .body(200, _, let bytes, _):
                guard !bytes.isEmpty else { throw .noCertificate }
                return bytes
            case .body(let status, _, _, _): throw (300..<400).contains(status) ? .redirected : .status(status)
            case .redirect: throw .redirected
            case .timedOut: throw .timedOut
            case .tooLarge: throw .bodyTooLarge
            case .overloaded: throw .overloaded
            case .failed(let why): throw .unreachable(why)
            }
        }
    }

    var freshness: HTTPFreshness {
        if case .body(_, _, _, let freshness) = self { freshness } else { .unsaid }
    }
}
