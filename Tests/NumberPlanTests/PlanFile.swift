import Foundation
import NumberPlan

/// A plan's file read another way than the program does, and numbers looked up in it without a tree: what the program
/// finds must be the same.
struct PlanFile: Decodable {
    struct Allocation: Decodable {
        let prefixes: [String]
        let lengths: [Int]
        let followedBy: String?
        let kind: String
    }

    struct Areas: Decodable {
        struct Code: Decodable {
            let code: String
            let local: [Int]
        }
        let kind: String
        let localBegins: String
        let codes: [Code]
    }

    let countryCode: String
    let allocations: [Allocation]
    let areas: Areas

    static let china = PlanFile("china"), nanp = PlanFile("nanp")

    static func text(_ name: String) -> [UInt8] {
        let path = URL(filePath: #filePath).appending(path: "../../../Sources/NumberPlan/Plans/\(name).json")
        return Array(try! Data(contentsOf: path.standardized))
    }

    private init(_ name: String) {
        self = try! JSONDecoder().decode(PlanFile.self, from: Data(Self.text(name)))
    }

    /// Of all that is given out: its digits at the front, its lengths, which digits may follow, and the kind.
    var entries: [(prefix: String, lengths: [Int], following: String, kind: String)] {
        allocations.flatMap { entry in
            entry.prefixes.map { ($0, entry.lengths, entry.followedBy ?? "0123456789", entry.kind) }
        }
            + areas.codes.map { area in
                (area.code, area.local.map { $0 + area.code.count }, areas.localBegins, areas.kind)
            }
    }

    /// Nil for what is given to nobody.
    func kind(of digits: String, among entries: [(prefix: String, lengths: [Int], following: String, kind: String)])
        -> String?
    {
        let fitting = entries.filter { entry in
            guard digits.hasPrefix(entry.prefix), entry.lengths.contains(digits.count) else { return false }
            return digits.dropFirst(entry.prefix.count).first.map(entry.following.contains) ?? true
        }
        return fitting.max { $0.prefix.count < $1.prefix.count }?.kind
    }
}

extension NumberStanding {
    var kind: String? {
        switch self {
        case .allocated(let allocation): allocation.kind
        case .foreign: "foreign"
        case .unallocated: nil
        }
    }

    var fault: Unallocated? { if case .unallocated(let why, _) = self { why } else { nil } }
    var prefix: String? { if case .unallocated(_, let prefix) = self { prefix.description } else { nil } }
    var allocation: Allocation? { if case .allocated(let allocation) = self { allocation } else { nil } }
}
