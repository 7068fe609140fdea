internal import Foundation

/// Times for people.
package enum UTC {
    /// `2026-11-27T18:00:00Z`.
    package static func text(_ time: Int) -> String {
        Date(timeIntervalSince1970: Double(time)).formatted(.iso8601)
    }

    /// `20261127`, as identifiers begin.
    static func day(_ time: Int) -> String { text(time).prefix(10).filter { $0 != "-" } }
}
