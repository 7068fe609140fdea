internal import LibCrypto
package import Records

/// A call that was blocked, as its notice names it.
package struct BlockedCall: Hashable, Sendable {
    /// The blocking carrier's record.
    package let record: RecordID
    /// Milliseconds since 1970.
    package let at: Int
    package let reason: String
    package let sipCode: Int
    /// What both carriers call the trunk.
    package let circuit: String?
    /// As the call showed them; texts of others, so that they are short and without control characters.
    package let orig, dest: String
    /// SHA-256 of the call's token in hexadecimal.
    package let tokenDigest: String?

    package init(
        record: RecordID, at: Int, reason: String, sipCode: Int, circuit: String?, orig: String, dest: String,
        tokenDigest: String?
    ) {
        (self.record, self.at, self.sipCode) = (record, at, sipCode)
        self.reason = NoticeText.shortened(reason)
        self.circuit = circuit.map(NoticeText.shortened)
        (self.orig, self.dest) = (NoticeText.shortened(orig), NoticeText.shortened(dest))
        self.tokenDigest = tokenDigest
    }

    /// What stands in ``tokenDigest``: of the token alone, since parameters of the header are written anew on the way
    /// (RFC 8224 §4).
    package static func digest(ofIdentity header: String) -> String {
        let token = header.utf8.prefix { $0 != UInt8(ascii: ";") }.filter { $0 != UInt8(ascii: " ") }
        let digest: [UInt8] = SHA256.digest(token.span)
        return String(hexadecimal: digest)
    }
}

/// Calls of one circuit that were blocked for one reason, when they are too many to name each.
package struct BlockedCalls: Hashable, Sendable {
    package let circuit: String?
    package let reason: String
    package let sipCode: Int
    /// The first and the last, in milliseconds since 1970.
    package private(set) var first, last: Int
    package private(set) var count: Int
    /// Of the first few.
    package private(set) var records: [RecordID]

    package static let mostRecords = 3

    package init(
        circuit: String?, reason: String, sipCode: Int, first: Int, last: Int, count: Int, records: [RecordID]
    ) {
        (self.circuit, self.reason) = (circuit.map(NoticeText.shortened), NoticeText.shortened(reason))
        (self.sipCode, self.first, self.last, self.count, self.records) = (sipCode, first, last, count, records)
    }

    init(_ call: BlockedCall) {
        self.init(
            circuit: call.circuit, reason: call.reason, sipCode: call.sipCode, first: call.at, last: call.at, count: 1,
            records: [call.record])
    }

    mutating func add(_ other: BlockedCalls) {
        (first, last, count) = (min(first, other.first), max(last, other.last), count + other.count)
        if records.count < Self.mostRecords { records += other.records.prefix(Self.mostRecords - records.count) }
    }

    var ofAnyCircuit: BlockedCalls {
        BlockedCalls(
            circuit: nil, reason: reason, sipCode: sipCode, first: first, last: last, count: count, records: records)
    }
}

/// What one carrier tells another of calls of its that it blocked.
package enum Notice: Hashable, Sendable {
    case call(BlockedCall)
    case calls(BlockedCalls)

    package var reason: String {
        switch self {
        case .call(let call): call.reason
        case .calls(let calls): calls.reason
        }
    }

    package var count: Int {
        switch self {
        case .call: 1
        case .calls(let calls): calls.count
        }
    }

    /// In one statement: so many fit into it however long their texts are.
    static let mostInStatement = 20
    /// A day in the year 9999, in milliseconds since 1970.
    static let latest = 253_402_300_799_999
}

enum NoticeText {
    /// In bytes of UTF-8.
    static let longest = 64
    static let longestContact = 256

    static func shortened(_ text: String) -> String { shortened(text, to: longest) }

    static func shortened(_ text: String, to limit: Int) -> String {
        guard !isFit(text, limit) else { return text }
        var short = "", bytes = 0
        for scalar in text.unicodeScalars {
            let scalar = scalar.isHarmless ? scalar : "?"
            bytes += UTF8.width(scalar)
            guard bytes <= limit else { break }
            short.unicodeScalars.append(scalar)
        }
        return short
    }

    static func isFit(_ text: String, _ limit: Int = longest) -> Bool {
        text.utf8.count <= limit && text.unicodeScalars.allSatisfy(\.isHarmless)
    }
}
