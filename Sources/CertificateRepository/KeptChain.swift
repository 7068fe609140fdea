internal import Certificates

/// The content of a file of ``KeptChains``: three lines, and then the body as it came.
///
///     countersign chain 1
///     https://cert.example.com/709J/cert.pem
///     1795329200 1795415600 2218
enum KeptChain {
    /// In bytes, far above any that is kept.
    static let longest = 128 * 1024

    private static let mark = "countersign chain 1"

    static func bytes(of chain: FetchedChain) -> [UInt8] {
        Array("\(mark)\n\(chain.url.text)\n\(chain.at) \(chain.until) \(chain.bytes.count)\n".utf8) + chain.bytes
    }

    static func chain(of bytes: [UInt8], _ rules: CertificateURLRules) throws(KeptChainFault) -> FetchedChain {
        guard bytes.count <= longest else { throw .notAChain }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 3, omittingEmptySubsequences: false)
        guard lines.count == 4, lines[0].elementsEqual(mark.utf8) else { throw .notAChain }
        let numbers = String(decoding: lines[2], as: UTF8.self).split(separator: " ").map { Int($0) }
        guard numbers.count == 3, let at = numbers[0], let until = numbers[1], at >= 0, at < until,
            until - at <= Int32.max,
            numbers[2] == lines[3].count
        else { throw .notAChain }
        guard let url = try? CertificateURL(String(decoding: lines[1], as: UTF8.self), rules: rules) else {
            throw .anotherURL
        }
        return FetchedChain(url: url, bytes: Array(lines[3]), at: at, until: until, mayBeStored: true)
    }
}

/// Why a file is not taken.
enum KeptChainFault: Error, Hashable {
    case unreadable
    case notAChain
    case anotherURL

    var reason: String {
        switch self {
        case .unreadable: "it cannot be read"
        case .notAChain: "it is not a chain as it was written"
        case .anotherURL: "its URL is not that of its name, or may not be asked any more"
        }
    }
}
