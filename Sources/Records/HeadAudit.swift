/// The signed heads of a day, as the audit comes to the records that they are of.
struct HeadAudit {
    /// By sequence; those that are left have not been come to.
    private var heads: [Int: [ChainHead]]
    /// What was signed of these and is not so.
    private var others: [ChainHead] = []
    private(set) var held = 0

    init(_ heads: [ChainHead]) { self.heads = Dictionary(grouping: heads) { $0.record.sequence } }

    /// A batch ends with that record.
    mutating func reach(_ id: RecordID, _ hash: ChainHash, records: Int) {
        guard let signed = heads.removeValue(forKey: id.sequence) else { return }
        let hash = hash.hexadecimal
        for head in signed {
            if head.hash == hash, head.records == records { held += 1 } else { others.append(head) }
        }
    }

    /// When the day's end is reached.
    func left(after last: RecordID?) -> [AuditFinding] {
        var findings: [AuditFinding] = []
        let rest = heads.values.joined()
        let wrong = (others + rest.filter { $0.record.sequence <= last?.sequence ?? 0 }).sorted {
            $0.record < $1.record
        }
        if let first = wrong.first, let end = wrong.last {
            findings.append(.otherThanSigned(first.record, end.record, atMilliseconds: first.atMilliseconds))
        }
        let gone = rest.filter { $0.record.sequence > last?.sequence ?? 0 }
        if let first = gone.min(by: { $0.record < $1.record }), let end = gone.max(by: { $0.record < $1.record }) {
            findings.append(
                .cutOff(after: last, until: end.record, .head(atMilliseconds: first.atMilliseconds)))
        }
        return findings
    }
}
