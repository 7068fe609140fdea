internal import Jansson
internal import PASSporT

/// What an authority token must say to be taken: the `atc` claim (RFC 9448 §5.4).
package struct AuthorityTokenWish: Hashable, Sendable {
    package let type: ACMEDialect.TokenType
    /// DER of a TNAuthList, base64url without padding.
    package let value: String
    package let isForAuthority: Bool
    package let fingerprint: String

    var json: JSON {
        let json = JSON.object()
        json.set("tktype", type.rawValue)
        json.set("tkvalue", value)
        json.set("ca", isForAuthority)
        json.set("fingerprint", fingerprint)
        return json
    }

    /// For people who get their tokens by hand.
    package var text: String { String(decoding: json.canonicalText(), as: UTF8.self) }
}

/// A token authority's word, in compact form. Only the CA can tell whether it holds.
package struct AuthorityToken: Hashable, Sendable {
    let text: String

    package init(_ text: String) throws(ACMEFault) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard text.utf8.count <= 16_384, parts.count == 3,
            parts.allSatisfy({ !$0.isEmpty && Base64URL.decode(Array($0).span) != nil })
        else { throw .tokenNotText }
        self.text = text
    }
}
