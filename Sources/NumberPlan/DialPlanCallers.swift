/// What a caller's number may look like, whichever country's it is: to be asked of what a switch delivers, since
/// ``DialPlan/number(from:)`` reads more than a caller may show.
extension DialPlan {
    /// Whether the text is of `0-9`, with a `+` at most in front, and of no more than 20 digits. In a URI the number must
    /// be, and only there may visual separators stand in it (RFC 3966 §3).
    package static func isConforming(raw: String) -> Bool {
        guard raw.utf8.count <= longestText else { return false }
        guard raw.utf8.contains(UInt8(ascii: ":")) else { return isConforming(raw.utf8) { _ in false } }
        guard let subscriber = try? Subscriber(raw, readingBareUsers: true) else { return false }
        return isConforming(subscriber.number, separatedBy: Subscriber.isVisualSeparator)
    }

    /// Whether the text says that there is no number to show: it is blank, or a word or URI for that.
    package static func isAnonymous(raw: String) -> Bool {
        guard raw.utf8.count <= longestText else { return false }
        guard !raw.utf8.allSatisfy({ $0 == 0x20 }) else { return true }
        do throws(NumberFault) { _ = try Subscriber(raw, readingBareUsers: true) } catch { return error == .anonymous }
        return false
    }

    private static func isConforming(
        _ text: some Collection<UInt8>, separatedBy isSeparator: (UInt8) -> Bool
    ) -> Bool {
        var digits = 0
        for character in text.first == UInt8(ascii: "+") ? text.dropFirst() : text[...] where !isSeparator(character) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character) else { return false }
            digits += 1
        }
        return (1...Digits.longest).contains(digits)
    }
}
