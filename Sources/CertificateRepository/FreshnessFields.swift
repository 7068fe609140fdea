package import Certificates
internal import PASSporT

/// As a cache that serves one user reads the fields: `private` is no obstacle, and `s-maxage` is for others.
extension HTTPFreshness {
    /// Of an answer that came at `now`. Each argument is the values of the header fields of its name, in their order.
    package init(cacheControl: [String], expires: [String], date: [String], age: [String], now: Int) {
        guard let directives = Self.directives(in: cacheControl) else {
            self.init(seconds: 0, mayBeStored: false)
            return
        }
        let names = Set(directives.map(\.name)), mayBeStored = !names.contains("no-store")
        // SIP's date is HTTP's, in the one form that is still written (RFC 9110 §5.6.7).
        let sent = date.count == 1 ? SIPDate.unixTime(date[0]) : nil
        guard mayBeStored, !names.contains("no-cache"), let old = Self.age(age, sent: sent, now: now) else {
            self.init(seconds: 0, mayBeStored: mayBeStored)
            return
        }
        let lifetime = Self.lifetime(directives) ?? Self.lifetime(expires, from: sent ?? now)
        self.init(seconds: lifetime.map { max(0, $0 - old) }, mayBeStored: true)
    }

    private static func lifetime(_ directives: [Directive]) -> Int? {
        let ages = directives.filter { $0.name == "max-age" }
        guard let first = ages.first else { return nil }
        // Two of them, even if they agree, are an answer that somebody has meddled with (RFC 9111 §4.2.1).
        return ages.count == 1 ? first.value.flatMap(deltaSeconds) ?? 0 : 0
    }

    /// "0" and whatever else is no date is a time long past (RFC 9111 §5.3).
    private static func lifetime(_ expires: [String], from sent: Int) -> Int? {
        guard let first = expires.first else { return nil }
        return expires.count == 1 ? SIPDate.unixTime(first).map { min(max(0, $0 - sent), longest) } ?? 0 : 0
    }

    /// The older of what caches on the way have counted and what the clocks say (RFC 9111 §4.2.3); nil if it is no number.
    private static func age(_ fields: [String], sent: Int?, now: Int) -> Int? {
        let apparent = max(0, now - (sent ?? now))
        guard let first = fields.first else { return apparent }
        return deltaSeconds(first).map { max(apparent, $0) }
    }

    private static func deltaSeconds(_ text: String) -> Int? {
        guard (1...10).contains(text.utf8.count), text.utf8.allSatisfy(isDigit) else { return nil }
        return Int(text).flatMap { $0 <= longest ? $0 : nil }
    }

    /// 2^31 - 1, beyond which caches differ (RFC 9111 §1.2.2).
    private static let longest = Int(Int32.max)
}

extension HTTPFreshness {
    /// `value` is a token; a directive whose argument is quoted has none that counts.
    private typealias Directive = (name: String, value: String?)

    /// All of Cache-Control, as a list of tokens, or nil if it is not one (RFC 9111 §5.2, RFC 9110 §5.6.1).
    private static func directives(in fields: [String]) -> [Directive]? {
        var directives: [Directive] = []
        for field in fields {
            guard let parts = split(field) else { return nil }
            for part in parts {
                let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard let name = halves.first, isToken(name) else { return nil }
                let value = halves.count == 2 && isToken(halves[1]) ? String(halves[1]) : nil
                guard halves.count == 1 || value != nil || halves[1].hasPrefix("\"") else { return nil }
                directives.append((name.lowercased(), value))
            }
        }
        return directives
    }

    /// At the commas that are not within quotes, without what is empty. Nil if a quote is not closed.
    private static func split(_ field: String) -> [Substring]? {
        var parts: [Substring] = [], start = field.startIndex, isQuoted = false, isEscaped = false
        for index in field.indices {
            let character = field[index]
            defer { isEscaped = isQuoted && character == "\\" && !isEscaped }
            if character == "\"", !isEscaped { isQuoted.toggle() }
            guard character == ",", !isQuoted else { continue }
            parts.append(field[start..<index])
            start = field.index(after: index)
        }
        guard !isQuoted else { return nil }
        parts.append(field[start...])
        return parts.map { $0.trimming { $0 == " " || $0 == "\t" } }.filter { !$0.isEmpty }
    }

    private static func isToken(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

extension Substring {
    fileprivate func trimming(_ isTrimmed: (Character) -> Bool) -> Substring {
        var rest = drop(while: isTrimmed)
        while let last = rest.last, isTrimmed(last) { rest.removeLast() }
        return rest
    }
}
