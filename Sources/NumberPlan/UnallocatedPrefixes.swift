/// Which prefixes callers show often although the plan gives them to nobody: mostly somebody's invention, and now and
/// then a new allocation, for which the plan has to be replaced.
///
/// In bounded memory, however many prefixes are invented (Misra and Gries, Finding repeated elements, 1982): a count is
/// never more than what came, so that no alert is a false one.
package struct UnallocatedPrefixes: Sendable {
    package struct Alert: Hashable, Sendable {
        package let prefix: Digits
        /// In the hour that is on, at the least.
        package let calls: Int
    }

    private struct Tally {
        var calls: Int
        var isTold = false
    }

    private let threshold: Int
    private var tallies: [Digits: Tally] = [:]
    private var hour = Int.min
    private var told = 0
    /// Calls, since the beginning.
    package private(set) var calls = 0

    package static let mostPrefixes = 256
    /// In an hour: enough for people to look into.
    package static let mostAlerts = 32

    /// - Parameter threshold: calls of one hour and one prefix that are worth an alert.
    package init(threshold: Int) { self.threshold = threshold }

    /// An alert when the prefix has reached the threshold, once an hour.
    ///
    /// - Parameter now: Unix time.
    package mutating func note(_ why: Unallocated, _ prefix: Digits, at now: Int) -> Alert? {
        guard why.isWorthCounting else { return nil }
        calls += 1
        begin(now / 3_600)
        guard var tally = tallies[prefix] ?? firstTally() else { return nil }
        tally.calls += 1
        let isDue = tally.calls >= threshold && !tally.isTold && told < Self.mostAlerts
        if isDue { (tally.isTold, told) = (true, told + 1) }
        tallies[prefix] = tally
        return isDue ? Alert(prefix: prefix, calls: tally.calls) : nil
    }

    /// Forgets the prefixes: another plan may know them.
    package mutating func startAgain() { (tallies, told) = ([:], 0) }

    private mutating func begin(_ hour: Int) {
        guard hour != self.hour else { return }
        self.hour = hour
        startAgain()
    }

    /// Where there is no room for another, each of the others gives up a call.
    private mutating func firstTally() -> Tally? {
        guard tallies.count == Self.mostPrefixes else { return Tally(calls: 0) }
        tallies = tallies.compactMapValues { $0.calls > 1 ? Tally(calls: $0.calls - 1, isTold: $0.isTold) : nil }
        return nil
    }
}

extension Unallocated {
    /// What is not whole, or was only dialled, is no sign of an allocation; nor do calling codes come by surprise.
    fileprivate var isWorthCounting: Bool {
        switch self {
        case .unknownPrefix, .reserved, .wrongLength: true
        case .incomplete, .unknownCountry, .dialledCode: false
        }
    }
}
