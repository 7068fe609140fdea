/// What a walk along the whole chain found.
package struct AuditReport: Hashable, Sendable {
    package fileprivate(set) var records = 0
    /// The newest record, and the hash of all that there is.
    package fileprivate(set) var last: RecordID?
    package fileprivate(set) var lastHash = ""
    /// Signed heads that are those of the chain.
    package fileprivate(set) var heads = 0
    package fileprivate(set) var findings: [AuditFinding] = []
    /// The days of which the chain tells that they were deleted, and what they held.
    package fileprivate(set) var deletedDays: [UTCDay] = []
    package fileprivate(set) var deletedRecords = 0
}

/// Lines with signed heads, and who can tell whether they are.
package struct SignedHeads {
    /// As it is told where a line stands: a path.
    let name: String
    let lines: [String]

    package init(named name: String, lines: [String]) { (self.name, self.lines) = (name, lines) }
}

extension RecordReader {
    /// Computes everything again, across all days that are still there, and holds it against the marks, the hashes, the indexes,
    /// and the heads that were signed.
    ///
    /// - Parameters:
    ///   - others: heads of this chain that others keep.
    ///   - verify: the head of a signed line; nil when the signature is not one that counts. Without it no heads are looked at.
    package func audit(
        others: [SignedHeads] = [], verify: ((_ line: String) -> ChainHead?)? = nil
    ) throws(RecordsError) -> AuditReport {
        var walk = Walk()
        if let verify { walk.take(try others + ownHeads(), verify) }
        // Whatever was signed before is in what is read now.
        let days = try folder.days()
        for day in days { walk.follow(day, in: folder, isLast: day == days.last) }
        return walk.finished(days)
    }

    private func ownHeads() throws(RecordsError) -> [SignedHeads] {
        var heads: [SignedHeads] = []
        for day in try folder.days(with: "heads") {
            heads.append(
                SignedHeads(named: folder.heads(of: day), lines: try HeadLog.lines(of: day, inFolder: folder.path)))
        }
        return heads
    }
}

/// From day to day.
private struct Walk {
    private var report = AuditReport()
    private var heads: [UTCDay: [ChainHead]] = [:]
    private var hashes = [ChainHash.first]
    private var deleted: [DeletedDay] = []
    /// What a day continues that is not what the day before it came to.
    private var gaps: [(before: UTCDay, previous: ChainHash, after: [ChainHash])] = []

    mutating func take(_ signed: [SignedHeads], _ verify: (String) -> ChainHead?) {
        for signed in signed {
            for (place, line) in signed.lines.enumerated() {
                if let head = verify(line) {
                    heads[head.record.day, default: []].append(head)
                } else {
                    report.findings.append(.unsigned(lines: signed.name, line: place + 1))
                }
            }
        }
    }

    mutating func follow(_ day: UTCDay, in folder: RecordsFolder, isLast: Bool) {
        do throws(RecordsError) {
            let journal = try JournalReader(folder.journal(of: day), day: day)
            let starts = try begin(day, journal)
            var audit = DayAudit(journal, after: starts, heads: HeadAudit(heads[day] ?? []))
            try audit.follow(journal, in: folder) { end throws(RecordsError) in
                guard isLast, folder.isBeingWritten(day) else { return false }
                return try journal.growsWhole(beyond: end)
            }
            take(audit)
        } catch {
            report.findings.append(.unreadable(day, reason: "\(error)"))
        }
    }

    /// What the first record of the day may continue, the likeliest first.
    private mutating func begin(_ day: UTCDay, _ journal: JournalReader) throws(RecordsError) -> [ChainHash] {
        guard let header = journal.header, try journal.bytes(0..<journal.start) == header.line else {
            report.findings.append(.header(day))
            return hashes
        }
        if header.day != day { report.findings.append(.otherDay(day)) }
        if !hashes.contains(header.previous) { gaps.append((day, header.previous, hashes)) }
        return [header.previous] + hashes
    }

    private mutating func take(_ audit: DayAudit) {
        report.records += audit.records
        report.last = audit.last ?? report.last
        report.findings += audit.findings
        report.heads += audit.heldHeads
        deleted += audit.deleted
        hashes = audit.hashes
    }

    mutating func finished(_ days: [UTCDay]) -> AuditReport {
        for gap in gaps where !isTold(gap.previous, gap.after, before: gap.before) {
            report.findings.append(.gap(before: gap.before))
        }
        let gone = Set(deleted.map(\.day)).subtracting(days)
        for (day, heads) in heads where !days.contains(day) { find(day, heads) }
        report.deletedDays = gone.sorted()
        report.deletedRecords = Set(deleted.filter { gone.contains($0.day) }).reduce(0) { $0 &+ $1.records }
        report.lastHash = hashes[0].hexadecimal
        return report
    }

    /// Whether deleted days lead from the day before to that one. How the oldest of them began may have expired in its turn.
    private func isTold(_ previous: ChainHash, _ after: [ChainHash], before day: UTCDay) -> Bool {
        var hash = previous.hexadecimal, isTold = false
        let after = after.map(\.hexadecimal)
        for deletion in Set(deleted).sorted(by: { $0.day > $1.day }) where deletion.day < day && deletion.last == hash {
            (hash, isTold) = (deletion.previous, true)
            if after.contains(hash) { return true }
        }
        return isTold && after == [ChainHash.first.hexadecimal]
    }

    /// Of a day that is not there. Of a deleted one only the last hash is known, and how many records it had.
    private mutating func find(_ day: UTCDay, _ heads: [ChainHead]) {
        guard let deletion = deleted.first(where: { $0.day == day }) else {
            return report.findings.append(.dayMissing(day))
        }
        let more = heads.filter { $0.records > deletion.records }
        let others = heads.filter { $0.records == deletion.records && $0.hash != deletion.last }
        report.heads += heads.count { $0.records == deletion.records && $0.hash == deletion.last }
        for head in (more + others).prefix(1) {
            report.findings.append(.otherThanSigned(head.record, head.record, atMilliseconds: head.atMilliseconds))
        }
    }
}
