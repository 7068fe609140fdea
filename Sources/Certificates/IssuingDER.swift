/// One element of DER (X.690 §10), written inside out: `.sequence(.integer(2), .utf8("SHAKEN"))`.
///
/// For writing only; what comes from outside is read with swift-asn1.
package struct DERElement: Hashable, Sendable {
    package let bytes: [UInt8]

    /// An element that is encoded already.
    package init(encoded bytes: [UInt8]) { self.bytes = bytes }

    package init(tag: UInt8, content: [UInt8]) {
        var bytes = [tag]
        if content.count < 0x80 {
            bytes.append(UInt8(content.count))
        } else {
            let length = Self.bigEndian(UInt64(content.count))
            bytes.append(0x80 | UInt8(length.count))
            bytes += length
        }
        self.bytes = bytes + content
    }

    /// Without leading zeros; nothing at all for zero.
    fileprivate static func bigEndian(_ value: UInt64) -> [UInt8] {
        (0..<8).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }.drop { $0 == 0 }.map { $0 }
    }
}

extension DERElement {
    package static func sequence(_ parts: [DERElement]) -> DERElement {
        DERElement(tag: 0x30, content: parts.flatMap(\.bytes))
    }
    package static func sequence(_ parts: DERElement...) -> DERElement { sequence(parts) }

    /// A SET of one, which needs no order.
    package static func set(_ only: DERElement) -> DERElement { DERElement(tag: 0x31, content: only.bytes) }

    package static func boolean(_ value: Bool) -> DERElement { DERElement(tag: 0x01, content: [value ? 0xFF : 0]) }

    package static func integer(_ value: Int) -> DERElement { integer(unsigned: bigEndian(UInt64(max(0, value)))) }

    /// A number of any size, which is never negative: a first byte that would read as a minus gets a zero before it.
    package static func integer(unsigned bytes: [UInt8]) -> DERElement {
        let significant = Array(bytes.drop { $0 == 0 })
        return DERElement(
            tag: 0x02, content: significant.first.map { $0 < 0x80 } == true ? significant : [0] + significant)
    }

    package static func bits(_ bytes: [UInt8], unused: UInt8 = 0) -> DERElement {
        DERElement(tag: 0x03, content: [unused] + bytes)
    }
    package static func octets(_ bytes: [UInt8]) -> DERElement { DERElement(tag: 0x04, content: bytes) }
    package static let null = DERElement(tag: 0x05, content: [])
    package static func enumerated(_ value: UInt8) -> DERElement { DERElement(tag: 0x0A, content: [value]) }
    package static func utf8(_ text: String) -> DERElement { DERElement(tag: 0x0C, content: Array(text.utf8)) }
    package static func printable(_ text: String) -> DERElement { DERElement(tag: 0x13, content: Array(text.utf8)) }
    package static func ia5(_ text: String) -> DERElement { DERElement(tag: 0x16, content: Array(text.utf8)) }

    /// `[number] EXPLICIT`, and what IMPLICIT makes of a SEQUENCE or a SET.
    package static func explicit(_ number: UInt8, _ content: DERElement...) -> DERElement {
        DERElement(tag: 0xA0 | number, content: content.flatMap(\.bytes))
    }
    /// `[number] IMPLICIT` over a primitive type.
    package static func implicit(_ number: UInt8, _ content: [UInt8]) -> DERElement {
        DERElement(tag: 0x80 | number, content: content)
    }
}

extension DERElement {
    /// An object identifier in dotted decimal.
    package static func oid(_ dotted: String) throws(IssuingFault) -> DERElement {
        let arcs = dotted.split(separator: ".", omittingEmptySubsequences: false).map { UInt32($0) }
        guard arcs.count >= 2, let root = arcs[0], let second = arcs[1], root < 2 ? second < 40 : root == 2,
            second <= UInt32.max - 80
        else { throw .notAnObjectIdentifier(dotted) }
        var content = base128(root * 40 + second)
        for arc in arcs.dropFirst(2) {
            guard let arc else { throw .notAnObjectIdentifier(dotted) }
            content += base128(arc)
        }
        return DERElement(tag: 0x06, content: content)
    }

    private static func base128(_ arc: UInt32) -> [UInt8] {
        var groups = [UInt8(arc & 0x7F)], rest = arc >> 7
        while rest > 0 {
            groups.insert(0x80 | UInt8(rest & 0x7F), at: 0)
            rest >>= 7
        }
        return groups
    }

    /// UTCTime up to 2049, GeneralizedTime from 2050 (RFC 5280 §4.1.2.5).
    package static func time(_ unixTime: Int) throws(IssuingFault) -> DERElement {
        guard (-631_152_000..<253_402_300_800).contains(unixTime) else { throw .timeOutOfRange(unixTime) }
        let days = unixTime >= 0 ? unixTime / 86_400 : (unixTime - 86_399) / 86_400
        let (year, month, day) = civil(days)
        let second = unixTime - days * 86_400
        let rest = [month, day, second / 3_600, second / 60 % 60, second % 60].map(twoDigits).joined() + "Z"
        guard year >= 2050 else { return DERElement(tag: 0x17, content: Array((twoDigits(year % 100) + rest).utf8)) }
        return DERElement(tag: 0x18, content: Array((twoDigits(year / 100) + twoDigits(year % 100) + rest).utf8))
    }

    private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    /// Days since 1970 as a date of the Gregorian calendar, by eras of 400 years that begin in March.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097, dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}
