internal import NIOHTTP1
internal import PASSporT

extension WebAnswer {
    /// Nil if there is none that may be used: base64url and nothing else (RFC 8555 §6.5.1).
    var nonce: String? {
        guard let nonce = fields.first(name: "Replay-Nonce"), (1...1_024).contains(nonce.utf8.count),
            Base64URL.decode(nonce.utf8.span) != nil
        else { return nil }
        return nonce
    }

    /// The URL of what was made.
    var location: ServiceURL {
        get throws(ACMEFault) {
            guard let text = fields.first(name: "Location") else {
                throw .malformed(place: place.text, reason: "no Location for what was made")
            }
            return try place.named(text)
        }
    }

    /// Seconds until it is worth asking again: what the server says, in seconds or as a date (RFC 9110 §10.2.3), within reason.
    /// - Parameter now: Unix time.
    func retryAfter(at now: Int) -> Int {
        let text = fields.first(name: "Retry-After") ?? ""
        let seconds = UInt32(text).map { Int($0) } ?? SIPDate.unixTime(text).map { $0 - now }
        return min(max(seconds ?? Self.usualPause, 1), Self.longestPause)
    }

    private static let usualPause = 2, longestPause = 60
}
