internal import Jansson

/// The first line of a journal.
struct JournalHeader {
    let day: UTCDay
    /// The last hash of the segment before.
    let previous: ChainHash

    init(day: UTCDay, previous: ChainHash) { (self.day, self.previous) = (day, previous) }

    var line: [UInt8] {
        Array(
            """
            {"segment":{"version":\(Journal.schemaVersion),"day":\(day.number),"previous":"\(previous.hexadecimal)"}}

            """.utf8)
    }

    /// Nil for any other line.
    init?(_ line: Span<UInt8>, path: String) throws(RecordsError) {
        guard let header = try? JSON(parsing: line).object("segment"), let version = try? header.integer("version")
        else {
            return nil
        }
        guard version == Journal.schemaVersion else { throw .unknownSchema(path: path, version: version) }
        guard let day = (try? header.integer("day")).flatMap({ UTCDay(number: $0) }),
            let previous = (try? header.string("previous")).flatMap({ ChainHash(hexadecimal: $0) })
        else { return nil }
        self.init(day: day, previous: previous)
    }
}

/// The last line of a batch.
struct BatchSeal {
    let first: Int
    let count: Int
    /// Of the records' lines, their line breaks included.
    let bytes: Int
    /// The latest of the records, in milliseconds since 1970.
    let latest: Int
    /// Of the last record.
    let hash: ChainHash

    init(first: Int, count: Int, bytes: Int, latest: Int, hash: ChainHash) {
        (self.first, self.count, self.bytes, self.latest, self.hash) = (first, count, bytes, latest, hash)
    }

    var line: [UInt8] {
        Array(
            """
            {"batch":{"first":\(first),"count":\(count),"bytes":\(bytes),"latest":\(latest),\
            "hash":"\(hash.hexadecimal)"}}

            """.utf8)
    }

    /// No other line begins so.
    static let beginning = Array(#"{"batch":"#.utf8)

    /// Nil for any other line.
    init?(_ line: Span<UInt8>) {
        guard let seal = try? JSON(parsing: line).object("batch"), let first = try? seal.integer("first"),
            let count = try? seal.integer("count"), let bytes = try? seal.integer("bytes"),
            let latest = try? seal.integer("latest"),
            let hash = (try? seal.string("hash")).flatMap({ ChainHash(hexadecimal: $0) }),
            (1...RecordID.largestSequence).contains(first), (1...RecordID.largestSequence).contains(count), bytes > 0
        else { return nil }
        self.init(first: first, count: count, bytes: bytes, latest: latest, hash: hash)
    }
}
