/// The version of the protocol between carriers, as `hello` says it: `1.0`.
///
/// Who speaks another major version cannot be talked to; a minor one only adds what the other may pass over.
package struct LinkVersion: Hashable, Sendable {
    package let major, minor: Int

    package static let own = LinkVersion(major: 1, minor: 0)

    private init(major: Int, minor: Int) { (self.major, self.minor) = (major, minor) }

    /// From "1.0": two numbers of at most four digits, written without leading zeros.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]), (0...9_999).contains(major),
            (0...9_999).contains(minor), "\(major).\(minor)" == text
        else { return nil }
        self.init(major: major, minor: minor)
    }

    package func understands(_ other: LinkVersion) -> Bool { major == other.major }
}

extension LinkVersion: CustomStringConvertible {
    package var description: String { "\(major).\(minor)" }
}
