/// What stands in a journal between two last lines of batches, before it is known whether it is a batch.
struct JournalPiece {
    /// Without ``sealLine``.
    let text: ArraySlice<UInt8>
    /// A line that begins as the last of a batch does, its break included; empty at the end of a file.
    let sealLine: ArraySlice<UInt8>
    /// As far as the line can be read as one.
    let seal: BatchSeal?

    init(_ text: ArraySlice<UInt8>, sealLine: ArraySlice<UInt8> = []) {
        (self.text, self.sealLine) = (text, sealLine)
        seal = sealLine.last == UInt8(ascii: "\n") ? BatchSeal(sealLine.span.extracting(droppingLast: 1)) : nil
    }

    /// The records' lines and the marks, where they stand if the last line is right; nil if it is not.
    private var inPlace: (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
        guard let seal, text.count - BatchMarks.length(for: seal.count) == seal.bytes else { return nil }
        let end = text.startIndex + seal.bytes
        return (text[..<end], text[end...])
    }

    /// A batch whose last line cannot be seen to be one stands before that of this piece.
    var split: (JournalPiece, JournalPiece)? {
        guard let seal else { return nil }
        let marks = text.endIndex - BatchMarks.length(for: seal.count)
        guard seal.bytes < marks - text.startIndex, BatchMarks(text[marks...])?.marks.count == seal.count,
            text[marks - seal.bytes - 1] == UInt8(ascii: "\n")
        else { return nil }
        let start = marks - seal.bytes
        guard Self.lines(of: text[..<start]).contains(where: { $0.starts(with: BatchMarks.beginning) }) else {
            return nil
        }
        return (JournalPiece(text[..<start]), JournalPiece(text[start...], sealLine: sealLine))
    }

    /// Records' lines and marks, as well as can be told.
    var content: (records: [ArraySlice<UInt8>], marks: BatchMarks?) {
        if let (records, marks) = inPlace { return (Self.lines(of: records), BatchMarks(marks)) }
        let lines = Self.lines(of: text)
        guard let marks = lines.lastIndex(where: { $0.starts(with: BatchMarks.beginning) }) else { return (lines, nil) }
        return (Array(lines[..<marks]), BatchMarks(lines[marks] + [UInt8(ascii: "\n")]))
    }

    private static func lines(of text: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        guard !text.isEmpty else { return [] }
        let whole = text.last == UInt8(ascii: "\n") ? text.dropLast() : text
        return whole.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    }
}
