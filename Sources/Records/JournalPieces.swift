internal import Jansson

/// Cuts a journal behind each line that begins as the last of a batch does, whatever stands between.
struct JournalPieces {
    private let journal: JournalReader
    /// How long the journal was.
    let end: Int
    private var position: Int
    private var buffer: [UInt8] = []

    /// Of a journal as long as it is now. A first line that cannot be read is left out.
    init(_ journal: JournalReader) throws(RecordsError) {
        (self.journal, end, position) = (journal, journal.length, journal.start)
        if journal.header == nil, let first = try line(from: 0) { buffer.removeFirst(first) }
    }

    /// Nil at the end.
    mutating func next() throws(RecordsError) -> JournalPiece? {
        var start = 0
        while let lineEnd = try line(from: start) {
            guard buffer[start..<lineEnd].starts(with: BatchSeal.beginning) else {
                start = lineEnd
                continue
            }
            defer { buffer.removeFirst(lineEnd) }
            return JournalPiece(buffer[..<start], sealLine: buffer[start..<lineEnd])
        }
        defer { buffer = [] }
        return buffer.isEmpty ? nil : JournalPiece(buffer[...])
    }

    /// The end of the line that begins there; nil when the file ends before.
    private mutating func line(from start: Int) throws(RecordsError) -> Int? {
        var searched = start
        while true {
            if let found = buffer.span.firstIndex(of: UInt8(ascii: "\n"), from: searched) { return found + 1 }
            searched = buffer.count
            guard position < end else { return nil }
            guard buffer.count < Self.longestPiece else {
                throw .damaged(path: journal.path, reason: "before byte \(position) no batch ends")
            }
            let piece = try journal.bytes(position..<min(position + Self.readAtOnce, end))
            buffer += piece
            position += piece.count
        }
    }

    private static let readAtOnce = 1 << 20
    /// Far more than can be waiting for the disk at one time.
    private static let longestPiece = 1 << 28
}
