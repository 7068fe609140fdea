internal import Foundation
internal import Jansson

/// What to look for. Nil looks for anything.
package struct RecordFilter: Hashable, Sendable {
    package var fromMilliseconds: Int?
    /// The first time that is too late.
    package var untilMilliseconds: Int?
    package var kind: Record.Kind?
    package var orig: String?
    /// Any of the called numbers.
    package var dest: String?
    package var call: String?
    package var origid: String?
    package var trunk: String?
    package var verdict: String?
    package var reason: String?
    /// The newest so many.
    package var limit = 100

    package init() {}
}

/// A filter as it is asked of records' texts.
struct Conditions {
    /// From the first time to the last; nil when there is no time between.
    let times: ClosedRange<Int>?
    /// What is in the index, the most telling first: members and their values as they are written.
    private(set) var indexed: [(RecordField, [UInt8])] = []
    private var others: [(RecordField, [UInt8])] = []

    init(_ filter: RecordFilter) {
        let first = filter.fromMilliseconds ?? .min
        let (last, overflows) = (filter.untilMilliseconds ?? .max).subtractingReportingOverflow(1)
        self.init(filter, in: !overflows && first <= last ? first...last : nil)
    }

    /// - Parameter times: in place of those of the filter; nil is no time at all.
    init(_ filter: RecordFilter, in times: ClosedRange<Int>?) {
        self.times = times
        indexed = Self.written([
            (.origid, filter.origid), (.call, filter.call), (.dest, filter.dest), (.orig, filter.orig),
        ])
        others = Self.written([
            (.kind, filter.kind?.rawValue), (.trunk, filter.trunk), (.verdict, filter.verdict),
            (.reason, filter.reason),
        ])
    }

    private static func written(_ values: [(RecordField, String?)]) -> [(RecordField, [UInt8])] {
        values.compactMap { field, value in
            value.map { value in
                var text = JSONText(capacity: 64)
                text.string(value)
                return (field, text.bytes)
            }
        }
    }

    func accept(_ fields: RecordFields, in bytes: [UInt8]) -> Bool {
        guard let times, let time = fields.integer(.at, in: bytes), times.contains(time) else { return false }
        return (indexed + others).allSatisfy { field, value in
            let places = field == .dest ? fields.elements(.dest, in: bytes) : fields[field].map { [$0] } ?? []
            return places.contains { bytes[$0].elementsEqual(value) }
        }
    }

    /// False when the text of many records shows that none of them is meant. To look for some bytes first is many times as fast
    /// as to read each record.
    func mayAccept(anyOf text: [UInt8]) -> Bool {
        guard let (_, value) = indexed.first else { return true }
        return Data(text).range(of: Data(value)) != nil
    }
}
