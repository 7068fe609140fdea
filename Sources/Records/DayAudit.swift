/// Follows the chain through one day's journal, and names whatever is not as it was committed.
///
/// A batch is right when its records come to the hash behind them. If they do not, the marks tell which record is another; and as
/// that hash may itself be wrong, the next batch is held against both.
struct DayAudit {
    private(set) var findings: [AuditFinding] = []
    /// What it tells of days that were deleted.
    private(set) var deleted: [DeletedDay] = []
    /// Of this day, so far.
    private(set) var records = 0
    private(set) var last: RecordID?
    /// What the next batch may continue, the likeliest first.
    private(set) var hashes: [ChainHash]

    private let day: UTCDay
    private var heads: HeadAudit
    private var entries = EntrySum()
    /// Where the batch begins that is looked at.
    private var position: Int

    init(_ journal: JournalReader, after hashes: [ChainHash], heads: HeadAudit) {
        (day, self.heads, position) = (journal.day, heads, journal.start)
        self.hashes = hashes
    }

    /// - Parameter isUnderWay: whether what stands before that end of the journal, and is no batch, becomes one.
    mutating func follow(
        _ journal: JournalReader, in folder: RecordsFolder, isUnderWay: (Int) throws(RecordsError) -> Bool
    ) throws(RecordsError) {
        // The index first: whatever it has is in the journal that is read then.
        var (index, fault) = Self.index(of: day, in: folder)
        var pieces = try JournalPieces(journal)
        index?.reach(position, entries, link)
        while let piece = try pieces.next() {
            if piece.sealLine.isEmpty, try isUnderWay(pieces.end) { break }
            if let (former, piece) = piece.split {
                judge(former)
                judge(piece)
            } else {
                judge(piece)
            }
            index?.reach(position, entries, link)
        }
        findings += heads.left(after: last)
        if let index { compare(index) }
        if let fault, findings.isEmpty { findings.append(.index(day, reason: "\(fault)")) }
    }

    /// None is no harm: it is made of the journal.
    private static func index(of day: UTCDay, in folder: RecordsFolder) -> (IndexAudit?, RecordsError?) {
        guard folder.hasIndex(of: day) else { return (nil, nil) }
        do throws(RecordsError) { return (try IndexAudit(of: day, in: folder), nil) } catch { return (nil, error) }
    }

    private var link: Link {
        Link(sequence: last?.sequence ?? 0, records: records, latest: 0, hash: hashes[0])
    }

    private mutating func compare(_ index: IndexAudit) {
        if let until = RecordID(day: day, sequence: index.last), index.last > last?.sequence ?? 0 {
            findings.append(.cutOff(after: last, until: until, .index))
        } else if findings.isEmpty, let difference = index.difference {
            findings.append(.index(day, reason: difference))
        }
    }

    private mutating func judge(_ piece: JournalPiece) {
        let content = piece.content
        let start = position
        position += piece.text.count + piece.sealLine.count
        if let seal = piece.seal, let batch = hold(content.records, seal, from: seal.first) {
            return accept(batch, piece, start)
        }
        // A last line that was altered: do the records come to its hash all the same, where they must begin?
        if let seal = piece.seal, let batch = hold(content.records, seal, from: next) {
            return accept(batch, piece, start)
        }
        doubt(content.records, content.marks, piece)
    }

    /// The sequence of the record that is to come, if none was left out.
    private var next: Int { (last?.sequence ?? 0) + 1 }

    /// A batch that is right.
    private struct Held {
        let records: RecordLines
        let first: RecordID
        let hash: ChainHash
        let digests: [RecordDigest]
    }

    /// Nil unless these lines come to the hash of their last line.
    private func hold(_ lines: [ArraySlice<UInt8>], _ seal: BatchSeal, from first: Int) -> Held? {
        guard !lines.isEmpty, first >= next, let firstID = RecordID(day: day, sequence: first),
            RecordID(day: day, sequence: first + lines.count - 1) != nil
        else { return nil }
        let digests = lines.map { RecordDigest(of: $0.span) }
        for start in hashes {
            if Self.hash(digests, from: firstID, after: start) == seal.hash {
                let text = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
                return Held(records: RecordLines(stored: text), first: firstID, hash: seal.hash, digests: digests)
            }
        }
        return nil
    }

    private static func hash(_ digests: [RecordDigest], from first: RecordID, after start: ChainHash) -> ChainHash {
        var hash = start
        for (index, digest) in digests.enumerated() { hash.extend(by: digest, id: first.number + index) }
        return hash
    }

    private mutating func accept(_ batch: Held, _ piece: JournalPiece, _ start: Int) {
        let count = batch.digests.count
        records += count
        let seal = BatchSeal(batch.records, from: batch.first.sequence, records: records, hash: batch.hash)
        reach(batch.first.sequence + count - 1, batch.hash)
        hashes = [batch.hash]
        let marks = BatchMarks(batch.digests.map(\.mark)).line
        let isWhole =
            piece.text.dropFirst(seal.bytes).elementsEqual(marks) && piece.sealLine.elementsEqual(seal.line)
            && piece.text.dropFirst(seal.bytes - 1).first == UInt8(ascii: "\n")
        if !isWhole { report(batch.first.sequence, count, AuditFinding.seal) }
        entries.add(batch.records, seal, at: start)
        deleted += DeletedDay.all(in: batch.records)
    }

    private mutating func reach(_ sequence: Int, _ hash: ChainHash) {
        guard let id = RecordID(day: day, sequence: sequence) else { return }
        last = max(last ?? id, id)
        heads.reach(id, hash, records: records)
    }

    /// How many signed heads are those of the chain.
    var heldHeads: Int { heads.held }

    private mutating func report(
        _ first: Int, _ count: Int, _ finding: (RecordID, RecordID) -> AuditFinding
    ) {
        let (last, overflows) = first.addingReportingOverflow(max(count, 1) - 1)
        guard !overflows, let first = RecordID(day: day, sequence: first), let last = RecordID(day: day, sequence: last)
        else { return findings.append(.unreadable(day, reason: "a batch says that it begins with record \(first)")) }
        findings.append(finding(first, last))
    }

    /// What is wrong with a batch that does not hold.
    private mutating func doubt(_ lines: [ArraySlice<UInt8>], _ marks: BatchMarks?, _ piece: JournalPiece) {
        let digests = lines.map { RecordDigest(of: $0.span) }
        let count = marks?.marks.count ?? piece.seal?.count ?? lines.count
        let first = piece.seal?.first ?? next
        let before = findings.count
        if let marks { compare(digests.map(\.mark), marks.marks, first) }
        if findings.count == before { explain(lines.count, marks, piece, first, count) }
        records = piece.seal?.records ?? records + count
        var computed: ChainHash?
        if let id = RecordID(day: day, sequence: first), digests.count == count, let start = hashes.first {
            computed = Self.hash(digests, from: id, after: start)
        }
        let likely = [piece.seal?.hash, computed].compactMap { $0 } + hashes.prefix(1)
        reach(first + count - 1, likely[0])
        hashes = likely
    }

    /// Names each record whose line is not that of its mark.
    private mutating func compare(_ found: [UInt64], _ marks: [UInt64], _ first: Int) {
        guard found != marks else { return }
        let before = findings.count
        let known = Set(marks), there = Set(found)
        let areOthers = found.count >= marks.count || found.contains { !known.contains($0) }
        for (place, mark) in marks.enumerated() {
            let isInPlace = place < found.count && found[place] == mark
            if !there.contains(mark) {
                report(first + place, 1) { areOthers ? .altered($0) : .missing($0, $1) }
            } else if found.count == marks.count, !isInPlace {
                report(first + place, 1, AuditFinding.moved)
            }
        }
        if found.count > marks.count, marks.allSatisfy(there.contains) {
            report(first, marks.count, AuditFinding.added)
        }
        // One of several that are alike.
        if findings.count == before { report(first, marks.count, AuditFinding.missing) }
    }

    /// Of a batch whose records are those of the marks, or which has none.
    private mutating func explain(
        _ lines: Int, _ marks: BatchMarks?, _ piece: JournalPiece, _ first: Int, _ count: Int
    ) {
        guard marks != nil, let seal = piece.seal else {
            // Without a last line the next batch tells whether these are right.
            let finding = piece.seal == nil ? AuditFinding.seal : AuditFinding.alteredAmong
            return report(first, count, finding)
        }
        guard seal.count == count else { return report(next, count, AuditFinding.seal) }
        if first < next { return report(first, count, AuditFinding.moved) }
        if first > next {
            report(next, first - next, AuditFinding.missing)
        } else {
            report(first, count, AuditFinding.broken)
        }
    }
}
