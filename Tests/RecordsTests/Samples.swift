import Records

/// 2026-11-23 12:00:00 UTC.
let noon = 1_795_435_200_000
let oneDay = 86_400_000

extension RecordWriter {
    /// Returns when the records are on disk and nothing of the writer is busy any more, so that whoever lets go of it lets go
    /// of its files.
    @discardableResult
    func append(_ records: [Record]) async throws -> [RecordID] {
        let ids = try await withCheckedThrowingContinuation { done in
            append(RecordLines(records)) { outcome in
                done.resume(with: outcome.map { Array($0) }.mapError { $0 as any Error })
            }
        }
        await finish()
        return ids
    }
}

func signed(_ orig: String = "8657188880000", to dest: [String] = ["8613800138000"], at now: Int = noon) -> Record {
    var record = Record(.signed, atMilliseconds: now)
    (record.orig, record.dest, record.verdict) = (orig, dest, "signed")
    return record
}
