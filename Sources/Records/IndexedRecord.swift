/// By what a record is found, and where.
struct IndexedRecord {
    /// Of each value once.
    let keys: [Int]
    let atMilliseconds: Int
    let sequence: Int
    /// Of the record's line in the journal, and its length.
    let start: Int
    let bytes: Int

    /// Of one line of a batch, whose first record's sequence and whose place in the journal are given. Nil for a line that is
    /// not as records are written.
    init?(_ lines: RecordLines, _ index: Int, in first: Int, at start: Int) {
        let line = lines.range(ofLine: index)
        guard let fields = RecordFields(lines.bytes, line, until: .origid),
            let time = fields.integer(.at, in: lines.bytes)
        else { return nil }
        var keys: [Int] = []
        keys.reserveCapacity(DayIndex.fields.count)
        func add(_ field: RecordField, _ place: Range<Int>) {
            let key = DayIndex.key(field, lines.bytes.span.extracting(place))
            if !keys.contains(key) { keys.append(key) }
        }
        for field in DayIndex.fields {
            if field == .dest {
                for place in fields.elements(.dest, in: lines.bytes) { add(field, place) }
            } else if let place = fields[field] {
                add(field, place)
            }
        }
        self.keys = keys
        (atMilliseconds, sequence) = (time, first + index)
        (self.start, bytes) = (start + line.lowerBound, line.count)
    }
}
