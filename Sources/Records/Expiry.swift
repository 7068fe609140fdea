extension RecordWriter {
    /// Deletes the days that are more than `days` days old, oldest first, and returns them. The current day stays.
    ///
    /// That a day is deleted is a record of its own, and durable before anything is deleted. What a crash left of the deleting is
    /// told of once more, and done, by the next call: no day is ever gone that the chain does not tell of.
    package func expire(keepingDays days: Int, atMilliseconds now: Int) async throws(RecordsError) -> [UTCDay] {
        let (span, tooLong) = max(days, 0).multipliedReportingOverflow(by: 86_400_000)
        guard !tooLong, now > span else { return [] }
        let oldest = UTCDay(atMilliseconds: now - span)
        let expired = try folder.days().dropLast().filter { $0 < oldest }
        guard !expired.isEmpty else { return [] }
        var told: [Record] = []
        for day in expired { told.append(try DeletedDay(day, in: folder).record(atMilliseconds: now)) }
        try await append(RecordLines(told))
        try await indexes.remove(expired)
        return expired
    }

    private func append(_ lines: RecordLines) async throws(RecordsError) {
        let outcome = await withCheckedContinuation { done in
            append(lines) { outcome in done.resume(returning: outcome.map { _ in }) }
        }
        try outcome.get()
    }
}
