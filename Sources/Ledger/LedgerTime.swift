/// A second between 1970 and the end of the year 9999, written as seconds since 1970 or as RFC 3339 has it:
/// `2026-11-23T10:00:00+08:00`, `2026-11-23T02:00:00Z`.
package struct LedgerTime: Hashable, Sendable {
    package let seconds: Int

    package static let last = 253_402_300_799

    package init?(_ text: String) {
        let plain = Int(text).flatMap { String($0) == text ? $0 : nil }
        guard let seconds = plain ?? Self.seconds(rfc3339: text), (0...Self.last).contains(seconds) else { return nil }
        self.seconds = seconds
    }

    /// As RFC 3339 has it, in Asia/Shanghai.
    package static func text(_ seconds: Int) -> String {
        let day = LedgerDay(containing: seconds)
        func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let (minutes, second) = (seconds - day.start).quotientAndRemainder(dividingBy: 60)
        return "\(day)T\(padded(minutes / 60)):\(padded(minutes % 60)):\(padded(second))+08:00"
    }

    /// RFC 3339 §5.6, without fractions: the ledger counts whole seconds. A leap second is the next one.
    private static func seconds(rfc3339 text: String) -> Int? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"),
            bytes[16] == UInt8(ascii: ":"), let day = LedgerDay(String(decoding: bytes[..<10], as: UTF8.self)),
            let hour = number(bytes[11..<13], to: 23), let minute = number(bytes[14..<16], to: 59),
            let second = number(bytes[17..<19], to: 60), let offset = offset(bytes[19...])
        else { return nil }
        return day.number * 86_400 + hour * 3_600 + minute * 60 + second - offset
    }

    private static func offset(_ bytes: ArraySlice<UInt8>) -> Int? {
        if bytes.elementsEqual([UInt8(ascii: "Z")]) { return 0 }
        let bytes = Array(bytes)
        guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"),
            bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
            let hours = number(bytes[1..<3], to: 23), let minutes = number(bytes[4..<6], to: 59)
        else { return nil }
        let seconds = hours * 3_600 + minutes * 60
        return bytes[0] == UInt8(ascii: "-") ? -seconds : seconds
    }

    private static func number(_ digits: ArraySlice<UInt8>, to greatest: Int) -> Int? {
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let value = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return value <= greatest ? value : nil
    }
}
