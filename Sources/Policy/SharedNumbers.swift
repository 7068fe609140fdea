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

    private let told: [Told]
    private let ranges: RangeTable
    /// Until when what a carrier has told counts, unless it is heard of again. Unix time, by SPC.
    fileprivate let leases: [String: Int]

    package static let none = SharedNumbers([], leases: [:])

    package init(_ told: [Told], leases: [String: Int]) {
        self.told = told
        self.leases = leases
        ranges = RangeTable(told.enumerated().map { ($1.entry.range, UInt32($0)) })
    }

    package var isEmpty: Bool { told.isEmpty }

    fileprivate func first(covering number: TelephoneNumber, where accepts: (Told) -> Bool) -> Told? {
        ranges.first(covering: number) { accepts(told[Int($0)]) }.map { told[Int($0)] }
    }
}

/// Whether what a peer has told of a number counts, or why it does not.
package enum SharedStanding: String, CaseIterable, Hashable, Sendable {
    case inForce = "in_force"
    /// The ledger does not say that we take this list from this peer, or the peer is suspended.
    case notTaken = "not_taken"
    /// The peer has not been heard of for too long.
    case leaseOver = "lease_over"
    case notBegun = "not_begun"
    case ended
    /// It cannot be withheld from anybody: an emergency number, or one that is protected.
    case protected
    /// The ledger does not give the number to this peer.
    case outsidePeersNumbers = "outside_peers_numbers"
}

extension RulesInForce {
    /// A carrier speaks for its own numbers, and of bad ones also for foreign ones that nobody of the ledger holds. A number of
    /// the country that nobody holds counts as ours.
    package func standing(of told: SharedNumbers.Told, on number: TelephoneNumber) -> SharedStanding {
        let entry = told.entry
        guard let peer = ledger.peer(told.source), peer.state == .active, peer.takes.contains(entry.list) else {
            return .notTaken
        }
        guard let lease = shared.leases[told.source], now < lease else { return .leaseOver }
        guard entry.from <= now else { return .notBegun }
        guard entry.to.map({ now < $0 }) ?? true else { return .ended }
        guard !isProtected(number), !plan.isEmergency(number) else { return .protected }
        guard let holder = ledger.holder(of: number) else {
            return entry.list == .badNumber && isForeign(number) ? .inForce : .outsidePeersNumbers
        }
        return holder.spc == told.source ? .inForce : .outsidePeersNumbers
    }

    /// What counts against a number; what nobody can lift goes first.
    package func shared(on number: TelephoneNumber) -> SharedNumbers.Told? {
        if shared.isEmpty { return nil }
        func first(where isWanted: (SharedList) -> Bool) -> SharedNumbers.Told? {
            shared.first(covering: number) { isWanted($0.entry.list) && standing(of: $0, on: number) == .inForce }
        }
        return first { $0 != .shutTrunk } ?? first { $0 == .shutTrunk }
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
