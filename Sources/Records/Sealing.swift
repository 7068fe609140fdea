internal import GRDB

extension Segment {
    func seal(atMilliseconds now: Int, report: @escaping @Sendable (UTCDay, RecordsError) -> Void) {}
}
