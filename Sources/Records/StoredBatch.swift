/// The records of one commit, as they are stored.
struct StoredBatch {
    let lines: RecordLines
    private let seal: BatchSeal
    private let previous: ChainHash

    init(_ seal: BatchSeal, _ lines: RecordLines, after previous: ChainHash) {
        (self.seal, self.lines, self.previous) = (seal, lines, previous)
    }

    /// Whether it is what its last line says.
    func holds(day: UTCDay) -> Bool {
        guard seal.count == lines.count, seal.earliest == lines.earliest, seal.latest == lines.latest else {
            return false
        }
        return hash(ofLine: lines.count - 1, day: day) == seal.hash
    }

    /// Of one of its records.
    func hash(ofLine last: Int, day: UTCDay) -> ChainHash? {
        var hash = previous
        for index in 0...last {
            guard index < lines.count, let id = id(index, day: day) else { return nil }
            hash.extend(by: RecordDigest(ofLine: index, of: lines), id: id.number)
        }
        return hash
    }

    func id(_ index: Int, day: UTCDay) -> RecordID? { RecordID(day: day, sequence: seal.first + index) }

    /// The newest first.
    func records(matching conditions: Conditions, day: UTCDay) throws(RecordsError) -> [StoredRecord] {
        var found: [StoredRecord] = []
        for index in (0..<lines.count).reversed() {
            guard let id = id(index, day: day) else { throw .damaged(path: "\(day)", reason: "sequence \(seal.first)") }
            let line = lines.range(ofLine: index)
            guard let fields = RecordFields(lines.bytes, line) else { throw StoredRecord.unreadable(id) }
            guard conditions.accept(fields, in: lines.bytes) else { continue }
            found.append(try StoredRecord(id, fields, lines.bytes, line))
        }
        return found
    }
}
