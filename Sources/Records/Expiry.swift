extension RecordReader {
    /// Deletes the days that are more than `days` days old, oldest first, and returns them. The current day stays.
    ///
    /// The oldest day that is left keeps the hash it continued, so the chain of what is left still holds.
    package func expire(keepingDays days: Int, atMilliseconds now: Int) throws(RecordsError) -> [UTCDay] {
        let (span, tooLong) = max(days, 0).multipliedReportingOverflow(by: 86_400_000)
        guard !tooLong, now > span else { return [] }
        let oldest = UTCDay(atMilliseconds: now - span)
        let expired = try folder.days().dropLast().filter { $0 < oldest }
        for day in expired { try folder.remove(day) }
        return expired
    }
}
