package import Certificates
package import NIOCore

/// How many fetches there may be, in total and from one host or address, so that nobody can make us flood a third party.
///
/// Each is a token bucket that holds four seconds' worth. Only those that are not full are remembered, and the total
/// bounds how many that can be.
package struct FetchRates: Sendable {
    private static let burst = 4

    private var total: Bucket
    private var buckets: [String: Bucket] = [:]
    private let perPlace, mostPlaces: Int

    package init(_ limits: FetchLimits) {
        total = Bucket(perSecond: limits.fetchesPerSecond)
        perPlace = limits.fetchesPerSecondPerHost
        // A fetch counts for a host and for each address of it that is tried.
        mostPlaces = (1 + limits.addresses) * 4 * Self.burst * limits.fetchesPerSecond
    }

    /// How many hosts and addresses are remembered.
    package var places: Int { buckets.count }

    /// Takes one from the host and one from the total, or nothing.
    package mutating func admits(host: String, at now: NIODeadline) -> Bool {
        guard total.holdsOne(at: now), admits(host.lowercased(), at: now) else { return false }
        total.take()
        return true
    }

    /// Takes one from the address, of what was admitted for a host's sake.
    package mutating func admits(address: InternetAddress, at now: NIODeadline) -> Bool {
        admits(address.site.description, at: now)
    }

    private mutating func admits(_ place: String, at now: NIODeadline) -> Bool {
        var bucket = buckets[place] ?? Bucket(perSecond: perPlace)
        guard bucket.holdsOne(at: now) else { return false }
        bucket.take()
        if buckets.count >= mostPlaces { buckets = buckets.filter { !$0.value.isFull(at: now) } }
        buckets[place] = bucket
        return true
    }

    private struct Bucket: Sendable {
        private let perSecond, most: Double
        private var tokens: Double
        private var at: NIODeadline?

        init(perSecond: Int) {
            self.perSecond = Double(perSecond)
            most = self.perSecond * Double(FetchRates.burst)
            tokens = most
        }

        private func tokens(at now: NIODeadline) -> Double {
            guard let at else { return tokens }
            return min(most, tokens + Double(max(0, (now - at).nanoseconds)) / 1e9 * perSecond)
        }

        func isFull(at now: NIODeadline) -> Bool { tokens(at: now) >= most }

        mutating func holdsOne(at now: NIODeadline) -> Bool {
            tokens = tokens(at: now)
            at = now
            return tokens >= 1
        }

        mutating func take() { tokens -= 1 }
    }
}
