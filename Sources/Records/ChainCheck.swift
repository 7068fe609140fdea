internal import Foundation
internal import GRDB

/// What a walk along the whole chain found.
package struct ChainReport: Hashable, Sendable {
    package let records: Int
    /// The newest record and its hash. Whoever noted them elsewhere can tell later that nothing was cut off after.
    package let last: RecordID?
    package let lastHash: String
    package let broken: BrokenLink?
}

/// The first place where the chain does not hold.
package enum BrokenLink: Hashable, Sendable, CustomStringConvertible {
    /// The record was changed, or one just before it was changed, added or taken out.
    case record(RecordID)
    /// The segment does not continue the one before it.
    case start(of: UTCDay)
    /// The segment has not the rows or the last hash it was sealed with.
    case end(of: UTCDay)
    /// The file is that of another day.
    case name(UTCDay)

    package var description: String {
        switch self {
        case .record(let id): "record \(id) does not match its hash: it, or what stood before it, was changed"
        case .start(let day): "\(day) does not continue the day before it: a day was changed or taken out"
        case .end(let day): "\(day) does not end as it was sealed: records at its end were changed or taken out"
        case .name(let day): "the file of \(day) is that of another day"
        }
    }
}

extension RecordReader {
    /// Computes every hash again, across all days that are still there.
    ///
    /// The oldest day is taken to start rightly: what it continued may have expired.
    package func verifyChain() throws(RecordsError) -> ChainReport {
        var walk = ChainWalk()
        for day in try folder.days() {
            try read(day) { db in try walk.follow(db, day: day) }
            if walk.broken != nil { break }
        }
        return ChainReport(
            records: walk.records, last: walk.last, lastHash: (walk.hash?.data ?? Segment.firstLink).hexadecimal,
            broken: walk.broken)
    }
}

private struct ChainWalk {
    var records = 0
    var last: RecordID?
    /// Nil before the first segment.
    var hash: ChainHash?
    var broken: BrokenLink?

    mutating func follow(_ db: Database, day: UTCDay) throws {
        guard let segment = try Row.fetchOne(db, sql: "SELECT day, previous, records, last FROM segment") else {
            broken = .start(of: day)
            return
        }
        guard try segment.decode(Int.self, atIndex: 0) == day.number else {
            broken = .name(day)
            return
        }
        let previous = try segment.decode(Data.self, atIndex: 1)
        guard var link = ChainHash(previous), hash == nil || hash?.data == previous else {
            broken = .start(of: day)
            return
        }
        var count = 0
        let rows = try Row.fetchCursor(db, sql: "SELECT seq, at, body, hash FROM record ORDER BY seq")
        while let row = try rows.next() {
            guard let id = try RecordID(day: day, sequence: row.decode(atIndex: 0)) else {
                broken = .end(of: day)
                return
            }
            let (time, body) = try (row.decode(Int.self, atIndex: 1), row.decode(Data.self, atIndex: 2))
            link.extend(by: body.span, id: id.number, atMilliseconds: time)
            guard try row.decode(Data.self, atIndex: 3) == link.data else {
                broken = .record(id)
                return
            }
            (last, count) = (id, count + 1)
        }
        records += count
        hash = link
        let sealedCount = try segment.decode(Int?.self, atIndex: 2)
        let sealedLast = try segment.decode(Data?.self, atIndex: 3)
        if sealedLast.map({ $0 != link.data || sealedCount != count }) ?? false { broken = .end(of: day) }
    }
}
