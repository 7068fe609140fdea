package import Jansson

/// Why a trust list is not taken.
package enum TrustListFault: Error, Equatable, Sendable {
    case tooLarge
    case notThreeParts
    case notBase64URL
    case notJSON(JSONError)
    case chain
    case signer
    case signature
    case negative
    case count(Int)
    case notAnAuthority(Int)
    case expired
    case older(Int, than: Int)
    case sameSequence(Int)
}

extension TrustListFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLarge: "longer than \(TrustList.largest) bytes"
        case .notThreeParts: "not a JWS in compact form: three parts between two dots"
        case .notBase64URL: "a part is not base64url, or the signature not one of 64 bytes"
        case .notJSON(let error): "its header or payload is not as it should be (\(error))"
        case .chain: "x5c is not one to four certificates in base64"
        case .signer:
            "its x5c does not lead to a pinned signer, or is of somebody who may do other things than sign lists; see trustList.signers"
        case .signature: "no pinned signer's key made its signature"
        case .negative: "sequence or exp is below 0"
        case .count(let count): "\(count) certificates; there must be from 1 to \(TrustList.mostAnchors)"
        case .notAnAuthority(let place): "certificate \(place) in it is not one of a CA"
        case .expired: "it has expired"
        case .older(let sequence, let kept): "its sequence is \(sequence), and \(kept) has been seen: it is an old one"
        case .sameSequence(let sequence): "another list was seen with its sequence, \(sequence)"
        }
    }
}
