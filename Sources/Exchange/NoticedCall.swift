internal import Jansson
package import Records

extension BlockedCall {
    /// Clocks of two carriers apart, and the call's way between them. In milliseconds.
    private static let reach = 60_000

    /// Our own record of the call that a peer blocked: to that number, at about that time, and with that token; where the
    /// notice names none, from that number. Of several the nearest in time.
    package func ownRecord(among calls: CallIndex) throws(RecordsError) -> StoredRecord? {
        try calls.calls(to: dest, in: at - Self.reach...at + Self.reach)
            .filter { tokenDigest.map($0.hasToken(digest:)) ?? ($0.orig == orig || $0.rawOrig == orig) }
            .min { abs($0.atMilliseconds - at) < abs($1.atMilliseconds - at) }
    }
}

extension StoredRecord {
    /// Far more than the longest request makes.
    private static let limits = JSONLimits(bytes: 1 << 22, depth: 16, stringBytes: 1 << 20)

    fileprivate func hasToken(digest: String) -> Bool {
        guard let body = try? JSON(parsing: self.body.utf8.span, limits: Self.limits), body.contains("tokens"),
            let tokens = try? body.strings("tokens")
        else { return false }
        return tokens.contains { BlockedCall.digest(ofIdentity: $0) == digest }
    }
}
