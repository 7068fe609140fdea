internal import Glibc
internal import Jansson
internal import LibCrypto

/// Reads a journal, from its end, also while it is written: a batch is there when its last line is.
struct JournalReader: Sendable {
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
    /// The length of the first line, its line break included.
    let start: Int
    private let file: ReadableFile

    /// Longer than a first or a last line ever is.
    static let longestLine = 256
    private static let lineBreak = UInt8(ascii: "\n")

    init(_ path: String, day: UTCDay) throws(RecordsError) {
        guard let file = ReadableFile(path) else {
            throw .failed(path: path, reason: "it cannot be read")
        }
        (self.path, self.day, self.file) = (path, day, file)
        guard let beginning = file.bytes(0..<min(Self.longestLine, file.length)),
            let end = beginning.firstIndex(of: Self.lineBreak),
            let header = try JournalHeader(beginning.span.extracting(first: end), path: path)
        else {
            (header, start) = (nil, 0)
            return
        }
        (self.header, start) = (header, end + 1)
    }

    var length: Int { file.length }

    func bytes(_ range: Range<Int>) throws(RecordsError) -> [UInt8] {
        guard let bytes = file.bytes(range) else { throw .damaged(path: path, reason: "it ends before its time") }
        return bytes
    }

    /// The last batch that is there whole, whether its hash holds or not; nil when there is none.
    func lastBatch(before end: Int) throws(RecordsError) -> Place? {
        var end = end
        while end > start {
            if let place = try batch(endingAt: end) { return place }
            guard let earlier = try lineEnd(before: end - 1) else { return nil }
            end = earlier
        }
        return nil
    }

    /// Whether a batch that did not end there yet soon does. A write takes a moment, and the disk may have it wait.
    func growsWhole(beyond end: Int) throws(RecordsError) -> Bool {
        for _ in 0..<20 {
            if let whole = try lastBatch(before: length)?.end, whole >= end { return true }
            usleep(50_000)
        }
        return false
    }

    /// The batch in front of that one, nil for the first.
    func batch(before place: Place) throws(RecordsError) -> Place? {
        if place.text.lowerBound == start { return nil }
        guard let earlier = try batch(endingAt: place.text.lowerBound) else {
            throw .damaged(path: path, reason: "what stands before record \(place.seal.first) is no batch")
        }
        return earlier
    }

    /// Nil when there is no first line; else what counts of the file, and its last record.
    func lastThatCounts(before end: Int) throws(RecordsError) -> (end: Int, last: Link)? {
        guard let header else { return nil }
        guard header.day == day else { throw .damaged(path: path, reason: "it is that of another day") }
        var end = end
        while let place = try lastBatch(before: end) {
            if try stored(place).holds(day: day) { return (place.end, Link(place.seal)) }
            end = place.end - 1
        }
        return (start, .start(header.previous))
    }

    func stored(_ place: Place) throws(RecordsError) -> StoredBatch {
        let lines = RecordLines(stored: try bytes(place.text).dropLast())
        return StoredBatch(place.seal, lines, after: try hash(before: place))
    }

    /// What the first record of a batch continues.
    func hash(before place: Place) throws(RecordsError) -> ChainHash {
        guard let hash = try batch(before: place)?.seal.hash ?? header?.previous else {
            throw .damaged(path: path, reason: "its first line is missing")
        }
        return hash
    }

    /// The batch whose records' lines end there; nil when there is none.
    func batch(textEndingAt end: Int) throws(RecordsError) -> Place? {
        var lineEnd = end
        // Behind the records come the marks, and behind these the last line.
        for _ in 0..<2 {
            guard let next = try self.lineEnd(after: lineEnd) else { return nil }
            lineEnd = next
        }
        guard let place = try batch(endingAt: lineEnd), place.text.upperBound == end else { return nil }
        return place
    }

    /// Nil unless a last line of a batch, with room for the batch in front of it, ends there.
    func batch(endingAt end: Int) throws(RecordsError) -> Place? {
        let from = max(start, end - Self.longestLine)
        guard end > from else { return nil }
        let tail = try bytes(from..<end)
        guard tail.last == Self.lineBreak else { return nil }
        let line = tail.dropLast().lastIndex(of: Self.lineBreak).map { $0 + 1 } ?? 0
        guard line > 0 || from == start, let seal = BatchSeal(tail.span.extracting(line..<tail.count - 1)) else {
            return nil
        }
        let textEnd = from + line - BatchMarks.length(for: seal.count)
        guard seal.bytes <= textEnd - start, try isBeginningOfLine(textEnd - seal.bytes), try isBeginningOfLine(textEnd)
        else {
            throw .damaged(path: path, reason: "the batch of record \(seal.first) is not all there")
        }
        return Place(seal: seal, text: textEnd - seal.bytes..<textEnd, end: end)
    }

    private func isBeginningOfLine(_ place: Int) throws(RecordsError) -> Bool {
        if place == start { return true }
        return try bytes(place - 1..<place) == [Self.lineBreak]
    }

    /// Behind the first line break from `start` on.
    private func lineEnd(after start: Int) throws(RecordsError) -> Int? {
        var start = start
        while start >= 0, start < length {
            let piece = try bytes(start..<min(start + 4_096, length))
            if let found = piece.firstIndex(of: Self.lineBreak) { return start + found + 1 }
            start += piece.count
        }
        return nil
    }

    /// Behind the last line break that stands before `end`.
    private func lineEnd(before end: Int) throws(RecordsError) -> Int? {
        var end = end
        while end > start {
            let from = max(start, end - 65_536)
            if let found = try bytes(from..<end).lastIndex(of: Self.lineBreak) { return from + found + 1 }
            end = from
        }
        return nil
    }
}

extension JournalReader {
    /// The whole batches from one batch's end to another's, the first one first, with where their records' lines begin.
    func forEachBatch(
        in range: Range<Int>, _ body: (BatchSeal, RecordLines, Int) throws -> Void
    ) throws {
        var position = range.lowerBound, text: [UInt8] = [], batch = position
        while position < range.upperBound {
            guard text.count < Self.longestBatch else {
                throw RecordsError.damaged(path: path, reason: "a batch before byte \(position) does not end")
            }
            let piece = position..<min(position + Self.piece, range.upperBound)
            text += try bytes(piece)
            position = piece.upperBound
            var begun = 0
            while let (seal, end) = try batchStarting(at: begun, in: text, batch) {
                try body(seal, RecordLines(stored: Array(text[begun..<begun + seal.bytes - 1])), batch)
                (batch, begun) = (batch + end - begun, end)
            }
            text.removeSubrange(..<begun)
        }
        guard text.isEmpty else { throw RecordsError.damaged(path: path, reason: "byte \(batch) begins no batch") }
    }

    /// The last line of the batch that begins at `begun`, and its end; nil when that is not in `text` yet.
    private func batchStarting(at begun: Int, in text: [UInt8], _ place: Int) throws -> (BatchSeal, Int)? {
        var lineStart = begun
        while let lineEnd = text.span.firstIndex(of: Self.lineBreak, from: lineStart) {
            if text[lineStart..<lineEnd].starts(with: BatchSeal.beginning) {
                guard let seal = BatchSeal(text.span.extracting(lineStart..<lineEnd)),
                    seal.bytes == lineStart - begun - BatchMarks.length(for: seal.count)
                else {
                    throw RecordsError.damaged(
                        path: path, reason: "the batch from byte \(place) on is not as long as its last line says")
                }
                return (seal, lineEnd + 1)
            }
            lineStart = lineEnd + 1
        }
        return nil
    }

    private static let piece = 1 << 20
    /// Far more than can be waiting for the disk at one time.
    private static let longestBatch = 1 << 28
}
