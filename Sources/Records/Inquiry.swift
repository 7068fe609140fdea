internal import Foundation

/// One question whose call an origid is of: who asked it, why, when, and what was found.
package struct Inquiry: Hashable, Sendable {
    package static let longestBy = 64
    package static let longestWhy = 1_000

    /// In seconds since 1970.
    package let at: Int
    package let by: String
    package let why: String
    package let origid: String
    /// Around which was looked; nil for all days that are kept.
    package let day: UTCDay?
    /// None when no call was signed with that origid on a day that is kept.
    package var found: [RecordID] = []

    package init(at: Int, by: String, why: String, origid: String, day: UTCDay? = nil) throws(InquiryFault) {
        guard Self.says(by, atMost: Self.longestBy) else { throw .nobody }
        guard Self.says(why, atMost: Self.longestWhy) else { throw .noReason }
        guard let uuid = UUID(uuidString: origid) else { throw .noOrigid }
        (self.at, self.by, self.why, self.day) = (at, by, why, day)
        self.origid = uuid.uuidString.lowercased()
    }

    private static func says(_ text: String, atMost longest: Int) -> Bool {
        text.unicodeScalars.count <= longest && text.contains { !$0.isWhitespace }
    }
}

/// Why an inquiry is not made.
package enum InquiryFault: Error, Hashable, Sendable {
    case nobody
    case noReason
    case noOrigid
    /// Written by a later release.
    case newer(path: String)
    case failed(path: String, reason: String)
}

extension InquiryFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .nobody: "an inquiry is somebody's: name who asks with --by, in at most \(Inquiry.longestBy) characters"
        case .noReason: "an inquiry has a reason: say it with --why, in at most \(Inquiry.longestWhy) characters"
        case .noOrigid: "the origids of this carrier are UUIDs, as in 7e6af518-afe3-4e10-9ac3-acb48c3be0e8"
        case .newer(let path): "\(path) was written by a later release; use that release of countersign"
        case .failed(let path, let reason):
            "cannot use \(path), without which nothing is looked up: \(reason); see who may write it with: ls -l \(path)"
        }
    }
}
