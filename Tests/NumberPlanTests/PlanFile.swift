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

    /// What is given out: its digits at the front, its lengths, which digits may follow, and the kind.
    struct Entry {
        let prefix: String
        let lengths: [Int]
        let following: String
        let kind: String
    }

    var entries: [Entry] {
        allocations.flatMap { entry in
            entry.prefixes.map {
                Entry(
                    prefix: $0, lengths: entry.lengths, following: entry.followedBy ?? "0123456789", kind: entry.kind)
            }
        }
            + areas.codes.map { area in
                Entry(
                    prefix: area.code, lengths: area.local.map { $0 + area.code.count }, following: areas.localBegins,
                    kind: areas.kind)
            }
    }

    /// Nil for what is given to nobody.
    static func kind(of digits: String, in entries: [String: [Entry]]) -> String? {
        let fitting = (1...digits.count).flatMap { entries[String(digits.prefix($0))] ?? [] }.filter { entry in
            guard entry.lengths.contains(digits.count) else { return false }
            return digits.dropFirst(entry.prefix.count).first.map(entry.following.contains) ?? true
        }
        return fitting.last?.kind
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

    var country: String? { if case .foreign(let country) = self { country.description } else { nil } }
    var fault: Unallocated? { if case .unallocated(let why, _) = self { why } else { nil } }
    var prefix: String? { if case .unallocated(_, let prefix) = self { prefix.description } else { nil } }
    var allocation: Allocation? { if case .allocated(let allocation) = self { allocation } else { nil } }
}
