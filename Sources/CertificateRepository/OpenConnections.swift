package import Certificates

/// How many connections there are, in all and from each address, within their limits.
package struct OpenConnections {
    private let most, mostPerSite: Int
    private var sites: [InternetAddress: Int] = [:]
    package private(set) var count = 0

    package init(_ limits: PublishingLimits) {
        most = limits.connections
        mostPerSite = limits.connectionsPerAddress
    }

    /// False, and it does not count, when there are too many already.
    package mutating func admit(from address: InternetAddress) -> Bool {
        let fromSite = sites[address.site, default: 0]
        guard count < most, fromSite < mostPerSite else { return false }
        sites[address.site] = fromSite + 1
        count += 1
        return true
    }

    /// Of one that was admitted.
    package mutating func remove(_ address: InternetAddress) {
        let left = sites[address.site, default: 1] - 1
        sites[address.site] = left > 0 ? left : nil
        count -= 1
    }
}
