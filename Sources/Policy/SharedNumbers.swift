package import Ledger
package import NumberPlan

/// What peers have told of numbers: immutable, and swapped whole.
package final class SharedNumbers: Sendable {
    package struct Told: Hashable, Sendable {
        /// The SPC of the carrier that signed it.
        package let source: String
        package let entry: SharedEntry

        package init(_ entry: SharedEntry, by source: String) { (self.source, self.entry) = (source, entry) }
    }

    /// Of one carrier over one number, so that a look at a number takes its time whatever peers tell.
    package static let mostOverNumber = 64

    private let told: [Told]
    private let ranges: RangeTable
    /// Beyond ``mostOverNumber``: those that begin last.
    package let leftOut: Set<Told>
    /// Until when what a carrier has told counts, unless it is heard of again. Unix time, by SPC.
    fileprivate let leases: [String: Int]

    package static let none = SharedNumbers([], leases: [:])

    package init(_ told: [Told], leases: [String: Int]) {
        let leftOut = told.tooMany
        let kept = leftOut.isEmpty ? told : told.filter { !leftOut.contains($0) }
        ranges = RangeTable(kept.enumerated().map { ($1.entry.range, UInt32($0)) })
        (self.told, self.leftOut, self.leases) = (kept, leftOut, leases)
    }

    /// Only what the ledger takes of each: what it does not take costs no call anything.
    package convenience init(_ told: [Told], takenBy ledger: LedgerSnapshot, leases: [String: Int]) {
        let taken = Dictionary(Set(told.map(\.source)).map { ($0, ledger.listsTaken(of: $0)) }) { $1 }
        self.init(told.filter { taken[$0.source]?.contains($0.entry.list) == true }, leases: leases)
    }

    private init(_ other: SharedNumbers, leases: [String: Int]) {
        (told, ranges, leftOut, self.leases) = (other.told, other.ranges, other.leftOut, leases)
    }

    /// The same entries, which count until other times.
    package func until(_ leases: [String: Int]) -> SharedNumbers { SharedNumbers(self, leases: leases) }

    package var isEmpty: Bool { told.isEmpty }

    fileprivate func covers(_ number: TelephoneNumber) -> Bool {
        !isEmpty && ranges.mostSpecific(covering: number) != nil
    }

    fileprivate func first(covering number: TelephoneNumber, where accepts: (Told) -> Bool) -> Told? {
        ranges.first(covering: number) { accepts(told[Int($0)]) }.map { told[Int($0)] }
    }
}

extension [SharedNumbers.Told] {
    private struct Speaker: Hashable {
        let source: String
        let country: CountryCode?
    }

    fileprivate var tooMany: Set<SharedNumbers.Told> {
        let bySpeaker = Dictionary(grouping: self) {
            Speaker(source: $0.source, country: $0.entry.range.first.country)
        }
        return bySpeaker.values.reduce(into: []) { found, told in
            if told.count > SharedNumbers.mostOverNumber { found.formUnion(told.tooManyOfOne) }
        }
    }

    /// Where most entries cover one number, one of them begins: it is enough to look there.
    private var tooManyOfOne: [SharedNumbers.Told] {
        var ends: [Digits] = []
        return sorted { $0.place < $1.place }.filter { told in
            let range = told.entry.range
            if ends.count == SharedNumbers.mostOverNumber { ends.removeAll { $0 < range.first.digits } }
            guard ends.count < SharedNumbers.mostOverNumber else { return true }
            ends.append(range.last.digits)
            return false
        }
    }
}

extension SharedNumbers.Told {
    fileprivate var place: (first: Digits, last: Digits, from: Int, list: String) {
        (entry.range.first.digits, entry.range.last.digits, entry.from, entry.list.rawValue)
    }
}

extension LedgerSnapshot {
    /// None of a peer that is suspended, or is none.
    package func listsTaken(of peer: String) -> Set<SharedList> {
        self.peer(peer).flatMap { $0.state == .active ? $0.takes : nil } ?? []
    }
}

/// Whether what a peer has told of a number counts, or why it does not.
package enum SharedStanding: String, CaseIterable, Hashable, Sendable {
    case inForce = "in_force"
    /// The ledger does not say that we take this list from this peer, or the peer is suspended.
    case notTaken = "not_taken"
    /// The peer has not been heard of for too long.
    case leaseOver = "lease_over"
    /// The peer has told too many others that cover the same number.
    case tooMany = "too_many"
    case notBegun = "not_begun"
    case ended
    /// It cannot be withheld from anybody: an emergency number, or one that is protected.
    case protected
    /// The ledger does not give the number to this peer.
    case outsidePeersNumbers = "outside_peers_numbers"
    /// Of foreign numbers that nobody of the ledger holds, it names too many at once.
    case tooWide = "too_wide"
}

/// What is asked of a number once, however many entries cover it.
private struct SharedNumber {
    let isProtected, isForeign: Bool
    /// Its SPC.
    let holder: String?

    func standing(of told: SharedNumbers.Told) -> SharedStanding {
        guard !isProtected else { return .protected }
        if let holder { return holder == told.source ? .inForce : .outsidePeersNumbers }
        guard isForeign, told.entry.list == .badNumber else { return .outsidePeersNumbers }
        return told.entry.range.isNarrow ? .inForce : .tooWide
    }
}

extension NumberRange {
    /// Up to 10,000 numbers with six digits in common: the longest calling code has three (ITU-T E.164 §6.2.1), and no
    /// country goes as a whole.
    fileprivate var isNarrow: Bool {
        let inCommon = digitsInCommon
        return inCommon >= 6 && first.digits.count - inCommon <= 4
    }
}

extension RulesInForce {
    /// By how much a peer's clock may be ahead of ours, in seconds: what it tells as begun counts at once.
    private static let clockAllowance = 60

    /// A carrier speaks for its own numbers, and of bad ones also for foreign ones that nobody of the ledger holds. A number of
    /// the country that nobody holds counts as ours.
    package func standing(of told: SharedNumbers.Told, on number: TelephoneNumber) -> SharedStanding {
        shared.leftOut.contains(told) ? .tooMany : standing(of: told, on: sharedNumber(number))
    }

    private func standing(of told: SharedNumbers.Told, on number: SharedNumber) -> SharedStanding {
        let entry = told.entry
        guard ledger.listsTaken(of: told.source).contains(entry.list) else { return .notTaken }
        guard let lease = shared.leases[told.source], now < lease else { return .leaseOver }
        guard entry.from <= now + Self.clockAllowance else { return .notBegun }
        guard entry.to.map({ now < $0 }) ?? true else { return .ended }
        return number.standing(of: told)
    }

    private func sharedNumber(_ number: TelephoneNumber) -> SharedNumber {
        SharedNumber(
            isProtected: isProtected(number) || plan.isEmergency(number), isForeign: isForeign(number),
            holder: ledger.holder(of: number)?.spc)
    }

    /// What counts against a number; what nobody can lift goes first.
    package func shared(on number: TelephoneNumber) -> SharedNumbers.Told? {
        guard shared.covers(number) else { return nil }
        let asked = sharedNumber(number)
        var shut: SharedNumbers.Told?
        let barred = shared.first(covering: number) { told in
            // The cheaper one first: most of what a hostile peer tells is not its own.
            guard asked.standing(of: told) == .inForce, standing(of: told, on: asked) == .inForce else { return false }
            guard told.entry.list == .shutTrunk else { return true }
            if let known = shut, told.entry.range.isMoreSpecific(than: known.entry.range) != true { return false }
            shut = told
            return false
        }
        return barred ?? shut
    }

    /// Its holder has shut the trunk that had it, and says so: who shows it now needs a token of the holder's own.
    package func isShutByHolder(_ number: TelephoneNumber) -> Bool {
        shared(on: number)?.entry.list == .shutTrunk
    }

    private func isForeign(_ number: TelephoneNumber) -> Bool {
        guard plan.country != nil else { return false }
        return if case .foreign = plan.standing(of: number) { true } else { false }
    }

    private func isProtected(_ number: TelephoneNumber) -> Bool {
        if ledger.isListed(number, in: .protected, at: now) { return true }
        if case .allocated(let allocation) = plan.standing(of: number) { return allocation.isProtected }
        return false
    }
}

/// As a record keeps it, so that the decision can be made again without what peers have told since.
extension SharedNumbers {
    private static let source = "sharedBy", list = "sharedList", range = "sharedNumbers"

    package static func inputs(of told: Told) -> [(name: String, value: String)] {
        [
            (source, told.source), (list, told.entry.list.rawValue),
            (range, "\(told.entry.range.first) \(told.entry.range.last)"),
        ]
    }

    /// Reads what ``inputs(of:)`` writes, among other inputs: it was in force then. None if it is not there.
    package convenience init(inputs: [(name: String, value: String)]) {
        func input(_ name: String) -> String? { inputs.first { $0.name == name }?.value }
        guard let source = input(Self.source), let list = input(Self.list).flatMap(SharedList.init),
            let range = input(Self.range).flatMap(NumberRange.init(ends:))
        else {
            self.init([], leases: [:])
            return
        }
        let entry = SharedEntry(list: list, range: range, from: 0, to: nil)
        self.init([Told(entry, by: source)], leases: [source: .max])
    }
}
