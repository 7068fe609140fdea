internal import Jansson

/// The first line of a journal.
struct JournalHeader {
    let day: UTCDay
    /// The last hash of the day before.
    let previous: ChainHash

    init(day: UTCDay, previous: ChainHash) { (self.day, self.previous) = (day, previous) }

    var line: [UInt8] {
        Array(
            """
            {"journal":{"version":\(Journal.schemaVersion),"day":\(day.number),"previous":"\(previous.hexadecimal)"}}

            """.utf8)
    }

    /// Nil for any other line.
    init?(_ line: Span<UInt8>, path: String) throws(RecordsError) {
        guard let header = try? JSON(parsing: line).object("journal"), let version = try? header.integer("version")
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

/// The line behind a batch's records that has a mark of each, so that one that was changed is known from those that were not.
///
/// ```
/// {"marks":"wVEJx2QeQpF1Hh0a"}
/// ```
struct BatchMarks: Equatable {
    /// Six bytes each (``RecordDigest/mark``), the first record's first.
    let marks: [UInt64]

    init(_ marks: [UInt64]) { self.marks = marks }

    /// Of the line, its break included, for so many records.
    static func length(for count: Int) -> Int { beginning.count + 8 * count + ending.count }

    static let beginning = Array(#"{"marks":""#.utf8)
    private static let ending = Array("\"}\n".utf8)

    var line: [UInt8] {
        var line = Self.beginning
        line.reserveCapacity(Self.length(for: marks.count))
        for mark in marks {
            for place in 0..<8 { line.append(Self.alphabet[Int(mark >> UInt64(42 - 6 * place) & 63)]) }
        }
        line += Self.ending
        return line
    }

    /// From a line with its break; nil for any other line.
    init?(_ line: ArraySlice<UInt8>) {
        guard line.starts(with: Self.beginning), line.suffix(3).elementsEqual(Self.ending) else { return nil }
        let text = line.dropFirst(Self.beginning.count).dropLast(Self.ending.count)
        guard text.count.isMultiple(of: 8) else { return nil }
        var marks: [UInt64] = []
        for start in stride(from: text.startIndex, to: text.endIndex, by: 8) {
            var mark: UInt64 = 0
            for digit in text[start..<start + 8] {
                let value = Self.values[Int(digit)]
                guard value < 64 else { return nil }
                mark = mark << 6 | UInt64(value)
            }
            marks.append(mark)
        }
        self.marks = marks
    }

    /// RFC 4648 §5.
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: .max, count: 256)
        for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()
}

/// The last line of a batch.
struct BatchSeal {
    let first: Int
    let count: Int
    /// Of the records' lines, their line breaks included.
    let bytes: Int
    /// The times of the records, in milliseconds since 1970.
    let earliest: Int
    let latest: Int
    /// Of the day so far, these included.
    let records: Int
    /// Of the last record.
    let hash: ChainHash

    private init(
        first: Int, count: Int, bytes: Int, earliest: Int, latest: Int, records: Int, hash: ChainHash
    ) {
        (self.first, self.count, self.bytes) = (first, count, bytes)
        (self.earliest, self.latest, self.records, self.hash) = (earliest, latest, records, hash)
    }

    /// - Parameters:
    ///   - records: of the day so far, these included.
    ///   - hash: of the last of them.
    init(_ lines: RecordLines, from first: Int, records: Int, hash: ChainHash) {
        self.init(
            first: first, count: lines.count, bytes: lines.bytes.count + 1, earliest: lines.earliest,
            latest: lines.latest, records: records, hash: hash)
    }

    /// The sequence of the last record.
    var last: Int { first + count - 1 }

    var line: [UInt8] {
        Array(
            """
            {"batch":{"first":\(first),"count":\(count),"bytes":\(bytes),"earliest":\(earliest),"latest":\(latest),\
            "records":\(records),"hash":"\(hash.hexadecimal)"}}

            """.utf8)
    }

    /// No other line begins so.
    static let beginning = Array(#"{"batch":"#.utf8)

    /// Nil for any other line.
    init?(_ line: Span<UInt8>) {
        guard let seal = try? JSON(parsing: line).object("batch"), let first = try? seal.integer("first"),
            let count = try? seal.integer("count"), let bytes = try? seal.integer("bytes"),
            let earliest = try? seal.integer("earliest"), let latest = try? seal.integer("latest"),
            let records = try? seal.integer("records"),
            let hash = (try? seal.string("hash")).flatMap({ ChainHash(hexadecimal: $0) }),
            (1...RecordID.largestSequence).contains(first), (1...RecordID.largestSequence).contains(count), bytes > 0,
            (count...RecordID.largestSequence).contains(records), earliest <= latest
        else { return nil }
        self.init(
            first: first, count: count, bytes: bytes, earliest: earliest, latest: latest, records: records, hash: hash)
    }
}
