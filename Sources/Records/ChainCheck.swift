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
    /// The same, in a day that is not over: of a commit's records only the last hash is kept there.
    case records(RecordID, RecordID)
    /// The segment does not continue the one before it.
    case start(of: UTCDay)
    /// The segment has not the rows or the last hash it was sealed with.
    case end(of: UTCDay)
    /// The file is that of another day.
    case name(UTCDay)

    package var description: String {
        switch self {
        case .record(let id): "record \(id) does not match its hash: it, or what stood before it, was changed"
        case .records(let first, let last):
            "records \(first) to \(last) do not match their hash: one of them, or what stood before, was changed"
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
            var next = walk
            try read(
                day,
                sealed: { db in
                    next = walk
                    try next.follow(db, day: day)
                },
                open: { journal, _ in try next.follow(journal, day: day) })
            walk = next
            if walk.broken != nil { break }
        }
        return ChainReport(
            records: walk.records, last: walk.last, lastHash: walk.hash.hexadecimal,
            broken: walk.broken)
    }
}

private struct ChainWalk {
    var records = 0
    var last: RecordID?
    var isFirst = true
    var hash = ChainHash.first
    var broken: BrokenLink?

    mutating func follow(_ db: Database, day: UTCDay) throws {
        guard let segment = try Row.fetchOne(db, sql: "SELECT day, previous, records, last FROM segment") else {
            broken = .start(of: day)
            return
        }
        let previous = ChainHash(try segment.decode(Data.self, forColumn: "previous"))
        guard begins(day, namedDay: try segment.decode(forColumn: "day"), after: previous) else { return }
        let before = records
        let batches = try Row.fetchCursor(db, sql: "SELECT * FROM batch ORDER BY first")
        while let row = try batches.next() {
            let batch = try StoredBatch(row), stored = batch.hashes(day: day)
            for index in 0..<batch.lines.count {
                guard let id = batch.id(index, day: day) else {
                    broken = .end(of: day)
                    return
                }
                guard extend(batch, index, id), stored.dropFirst(32 * index).prefix(32).elementsEqual(hash.data) else {
                    broken = .record(id)
                    return
                }
            }
            guard try row.decode(Int.self, forColumn: "count") == batch.lines.count,
                try row.decode(Int.self, forColumn: "latest") == batch.lines.latest,
                stored.count == 32 * batch.lines.count
            else {
                broken = .end(of: day)
                return
            }
        }
        let count = try segment.decode(Int.self, forColumn: "records")
        let last = try segment.decode(Data.self, forColumn: "last")
        if last != hash.data || count != records - before { broken = .end(of: day) }
    }

    mutating func follow(_ journal: JournalReader, day: UTCDay) throws {
        guard begins(day, namedDay: journal.header?.day.number, after: journal.header?.previous) else { return }
        try journal.forEachBatch { seal, lines in
            let batch = StoredBatch(seal, lines, after: hash)
            guard let first = batch.id(0, day: day), let end = batch.id(seal.count - 1, day: day) else {
                broken = .end(of: day)
                return false
            }
            for index in 0..<batch.lines.count {
                guard let id = batch.id(index, day: day), extend(batch, index, id) else { break }
            }
            guard lines.count == seal.count, lines.latest == seal.latest, hash.data == seal.hash.data else {
                broken = .records(first, end)
                return false
            }
            return true
        }
    }

    /// Whether the day is the one it is named after and continues the day before it.
    private mutating func begins(_ day: UTCDay, namedDay: Int?, after previous: ChainHash?) -> Bool {
        guard let namedDay, let previous, isFirst || previous.data == hash.data else {
            broken = .start(of: day)
            return false
        }
        guard namedDay == day.number else {
            broken = .name(day)
            return false
        }
        (isFirst, hash) = (false, previous)
        return true
    }

    /// False when the record does not stand behind the one before it.
    private mutating func extend(_ batch: StoredBatch, _ index: Int, _ id: RecordID) -> Bool {
        guard last.map({ $0 < id }) ?? true else { return false }
        hash.extend(byLine: index, of: batch.lines, id: id.number)
        (last, records) = (id, records + 1)
        return true
    }
}
