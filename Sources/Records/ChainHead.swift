package import Jansson

/// What the chain had come to at some moment: whoever has noted it elsewhere can tell later that nothing before it was changed,
/// and that nothing was cut off.
package struct ChainHead: Hashable, Sendable {
    /// The newest record.
    package let record: RecordID
    /// Its hash, which is of all records before it too: SHA-256 in hexadecimal, lower case.
    package let hash: String
    /// Of that record's day so far.
    package let records: Int
    /// Of the newest commit, in milliseconds since 1970.
    package let atMilliseconds: Int

    package init(record: RecordID, hash: String, records: Int, atMilliseconds: Int) {
        (self.record, self.hash, self.records, self.atMilliseconds) = (record, hash, records, atMilliseconds)
    }
}

extension ChainHead {
    /// Nil before the day's first record.
    init?(_ link: Link, of day: UTCDay) {
        guard let record = RecordID(day: day, sequence: link.sequence) else { return nil }
        self.init(record: record, hash: link.hash.hexadecimal, records: link.records, atMilliseconds: link.latest)
    }
}

extension ChainHead {
    /// The members of a signed statement's payload that are the head, each with a comma in front.
    package func write(to text: inout JSONText) {
        text.raw(#","record":"#)
        text.string(record.description)
        text.raw(#","hash":"#)
        text.string(hash)
        text.raw(#","records":"#)
        text.number(records)
        text.raw(#","at":"#)
        text.number(atMilliseconds)
    }

    /// Nil for a payload that is no head's.
    package init?(_ claims: borrowing JSON) {
        guard let record = (try? claims.string("record")).flatMap({ RecordID($0) }),
            let hash = try? claims.string("hash"), ChainHash(hexadecimal: hash) != nil,
            let records = try? claims.integer("records"), (1...RecordID.largestSequence).contains(records),
            let time = try? claims.integer("at")
        else { return nil }
        self.init(record: record, hash: hash, records: records, atMilliseconds: time)
    }
}
