internal import Foundation
internal import Jansson

/// Reads a journal, from its end, also while it is written: a batch is there when its last line is.
struct JournalReader {
    /// Where a batch stands.
    struct Place {
        let seal: BatchSeal
        /// Of the records' lines, the last line break included.
        let text: Range<Int>
        /// Behind its last line.
        let end: Int
    }

    let path: String
    let day: UTCDay
    let header: JournalHeader?
    private let file: FileHandle
    /// The length of the first line, its line break included.
    private let start: Int

    /// Longer than a first or a last line ever is.
    static let longestLine = 256
    private static let lineBreak = UInt8(ascii: "\n")

    init(_ path: String, day: UTCDay) throws {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw RecordsError.failed(path: path, reason: "it cannot be read")
        }
        (self.path, self.day, self.file) = (path, day, file)
        try file.seek(toOffset: 0)
        let beginning = Array(try file.read(upToCount: Self.longestLine) ?? Data())
        guard let end = beginning.firstIndex(of: Self.lineBreak),
            let header = try JournalHeader(beginning.span.extracting(first: end), path: path)
        else {
            (header, start) = (nil, 0)
            return
        }
        (self.header, start) = (header, end + 1)
    }

    var length: Int {
        get throws { Int(try file.seekToEnd()) }
    }

    func bytes(_ range: Range<Int>) throws -> [UInt8] { Array(try data(range)) }

    func data(_ range: Range<Int>) throws -> Data {
        try file.seek(toOffset: UInt64(range.lowerBound))
        guard let data = try range.isEmpty ? Data() : file.read(upToCount: range.count), data.count == range.count
        else {
            throw RecordsError.damaged(path: path, reason: "it ends before its time")
        }
        return data
    }

    /// The last batch that is there whole, whether its hash holds or not; nil when there is none.
    func lastBatch(before end: Int) throws -> Place? {
        var end = end
        while end > start {
            if let place = try batch(endingAt: end) { return place }
            guard let earlier = try lineEnd(before: end - 1) else { return nil }
            end = earlier
        }
        return nil
    }

    /// The batch in front of that one, nil for the first.
    func batch(before place: Place) throws -> Place? {
        if place.text.lowerBound == start { return nil }
        guard let earlier = try batch(endingAt: place.text.lowerBound) else {
            throw RecordsError.damaged(path: path, reason: "what stands before record \(place.seal.first) is no batch")
        }
        return earlier
    }

    /// Nil when there is no first line; else what counts of the file, and its last record.
    func lastThatCounts(before end: Int) throws -> (end: Int, last: Link)? {
        guard let header else { return nil }
        guard header.day == day else { throw RecordsError.damaged(path: path, reason: "it is that of another day") }
        var end = end
        while let place = try lastBatch(before: end) {
            if try stored(place).holds(day: day) {
                let last = Link(sequence: place.seal.first + place.seal.count - 1, hash: place.seal.hash)
                return (place.end, last)
            }
            end = place.end - 1
        }
        return (start, Link(sequence: 0, hash: header.previous))
    }

    func stored(_ place: Place) throws -> StoredBatch {
        let text = try bytes(place.text)
        guard let previous = try batch(before: place)?.seal.hash ?? header?.previous else {
            throw RecordsError.damaged(path: path, reason: "its first line is missing")
        }
        return StoredBatch(place.seal, RecordLines(stored: text.dropLast()), after: previous)
    }

    /// All batches, the first one first, a piece of the file at a time. Ends early when `body` returns false.
    func forEachBatch(_ body: (BatchSeal, RecordLines) throws -> Bool) throws {
        guard let end = try lastBatch(before: length)?.end else { return }
        var position = start, text: [UInt8] = [], lineStart = 0, searched = 0
        while position < end {
            guard text.count < Self.longestBatch else {
                throw RecordsError.damaged(path: path, reason: "a batch before byte \(position) does not end")
            }
            let piece = try bytes(position..<min(position + Self.piece, end))
            position += piece.count
            text += piece
            var batchStart = 0
            while let lineEnd = text[searched...].firstIndex(of: Self.lineBreak) {
                searched = lineEnd + 1
                defer { lineStart = searched }
                guard text[lineStart..<lineEnd].starts(with: BatchSeal.beginning) else { continue }
                guard let seal = BatchSeal(text.span.extracting(lineStart..<lineEnd)),
                    seal.bytes == lineStart - batchStart
                else { throw RecordsError.damaged(path: path, reason: "a batch is not as long as its last line says") }
                let lines = RecordLines(stored: Array(text[batchStart..<max(batchStart, lineStart - 1)]))
                guard try body(seal, lines) else { return }
                batchStart = searched
            }
            text.removeSubrange(..<batchStart)
            (lineStart, searched) = (lineStart - batchStart, text.count)
        }
    }

    private static let piece = 1 << 20
    /// Far more than can be waiting for the disk at one time.
    private static let longestBatch = 1 << 28

    /// Nil unless a last line of a batch, with room for the batch in front of it, ends there.
    private func batch(endingAt end: Int) throws -> Place? {
        let from = max(start, end - Self.longestLine)
        guard end > from else { return nil }
        let tail = try bytes(from..<end)
        guard tail.last == Self.lineBreak else { return nil }
        let line = tail.dropLast().lastIndex(of: Self.lineBreak).map { $0 + 1 } ?? 0
        guard line > 0 || from == start, let seal = BatchSeal(tail.span.extracting(line..<tail.count - 1)) else {
            return nil
        }
        let textEnd = from + line
        guard seal.bytes <= textEnd - start, try isBeginningOfLine(textEnd - seal.bytes) else {
            throw RecordsError.damaged(path: path, reason: "the batch of record \(seal.first) is not all there")
        }
        return Place(seal: seal, text: textEnd - seal.bytes..<textEnd, end: end)
    }

    private func isBeginningOfLine(_ place: Int) throws -> Bool {
        try place == start || bytes(place - 1..<place) == [Self.lineBreak]
    }

    /// Behind the last line break that stands before `end`.
    private func lineEnd(before end: Int) throws -> Int? {
        var end = end
        while end > start {
            let from = max(start, end - 65_536)
            if let found = try bytes(from..<end).lastIndex(of: Self.lineBreak) { return from + found + 1 }
            end = from
        }
        return nil
    }
}
