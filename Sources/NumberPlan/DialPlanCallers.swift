/// What a caller's number may look like, whichever country's it is: to be asked of what a switch delivers, since
/// ``DialPlan/number(from:)`` reads more than a caller may show.
extension DialPlan {
    /// Whether the text is of `0-9`, with a `+` at most in front, and of no more than 20 digits. In a URI the number must
    /// be, and only there may visual separators stand in it (RFC 3966 §3).
    package static func isConforming(raw: String) -> Bool {
        guard raw.utf8.count <= longestText else { return false }
        if areDigits(raw.utf8.span, from: raw.utf8.first == plus ? 1 : 0) { return true }
        guard raw.utf8.contains(UInt8(ascii: ":")), let subscriber = try? Subscriber(raw, readingBareUsers: true) else {
            return false
        }
        let number = subscriber.number
        let digits = (number.first == plus ? number.dropFirst() : number).filter { !Subscriber.isVisualSeparator($0) }
        return areDigits(digits.span, from: 0)
    }

    /// Whether the text says that there is no number to show: it is blank, or a word or URI for that.
    package static func isAnonymous(raw: String) -> Bool {
        guard raw.utf8.count <= longestText else { return false }
        guard !raw.utf8.allSatisfy({ $0 == 0x20 }) else { return true }
        do throws(NumberFault) { _ = try Subscriber(raw, readingBareUsers: true) } catch { return error == .anonymous }
        return false
    }

    private static let plus = UInt8(ascii: "+")

    private static func areDigits(_ text: Span<UInt8>, from start: Int) -> Bool {
        for place in start..<text.count where !(48...57).contains(text[place]) { return false }
        return (1...Digits.longest).contains(text.count - start)
    }
}
