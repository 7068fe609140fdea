/// By what a record is found, and where.
struct IndexEntry: Hashable {
    let key: Int
    let atMilliseconds: Int
    let sequence: Int
    /// Of the record's line in the journal, and its length.
    let start: Int
    let bytes: Int

    /// Of one line of a batch, whose first record's sequence and whose place in the journal are given; each entry once. None for a
    /// line that is not as records are written.
    static func all(of lines: RecordLines, _ index: Int, in first: Int, at start: Int) -> [IndexEntry] {
        let line = lines.range(ofLine: index)
        guard let fields = RecordFields(lines.bytes, line, until: .origid),
            let time = fields.integer(.at, in: lines.bytes)
        else { return [] }
        var entries: [IndexEntry] = []
        for field in DayIndex.fields {
            let places = field == .dest ? fields.elements(.dest, in: lines.bytes) : fields[field].map { [$0] } ?? []
            for place in places {
                let entry = IndexEntry(
                    key: DayIndex.key(field, lines.bytes[place]), atMilliseconds: time, sequence: first + index,
                    start: start + line.lowerBound, bytes: line.count)
                if !entries.contains(entry) { entries.append(entry) }
            }
        }
        return entries
    }
}
