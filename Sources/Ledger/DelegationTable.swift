internal import NumberPlan

/// Delegations by id and by the numbers they are for.
final class DelegationTable: Sendable {
    private let delegations: [Delegation]
    private let places: [Int: Int]
    private let ranges: RangeTable

    init(_ delegations: [Delegation]) {
        self.delegations = delegations
        places = Dictionary(delegations.enumerated().map { ($1.id, $0) }) { $1 }
        ranges = RangeTable(delegations.enumerated().map { ($1.range, UInt32($0)) })
    }

    subscript(id: Int) -> Delegation? { places[id].map { delegations[$0] } }

    /// The most specific that satisfies the predicate.
    func first(covering number: TelephoneNumber, where accepts: (Delegation) -> Bool) -> Delegation? {
        ranges.first(covering: number) { accepts(delegations[Int($0)]) }.map { delegations[Int($0)] }
    }
}
