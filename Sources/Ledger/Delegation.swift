package import NumberPlan

/// Whose numbers can be another's to use: a carrier, or a customer of ours. Written `carrier:1001`, `customer:acme`.
package enum Party: Hashable, Sendable {
    case carrier(String)
    case customer(String)

    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[1].isEmpty else { return nil }
        switch parts[0] {
        case "carrier": self = .carrier(parts[1])
        case "customer": self = .customer(parts[1])
        default: return nil
        }
    }
}

extension Party: CustomStringConvertible {
    package var description: String {
        switch self {
        case .carrier(let spc): "carrier:\(spc)"
        case .customer(let id): "customer:\(id)"
        }
    }
}

/// The delegate may use the delegator's numbers, from `from` on until `to`, which is no longer included.
package struct Delegation: Hashable, Sendable {
    package let id: Int
    package let delegator: Party
    package let delegate: Party
    package let range: NumberRange
    package let purpose: String
    package let from: Int
    package let to: Int?
    /// Whether the delegate may delegate further.
    package let isOnward: Bool
    /// The one by which the delegator has the numbers; nil where they are its own.
    package let parent: Int?

    package init(
        id: Int, delegator: Party, delegate: Party, range: NumberRange, purpose: String, from: Int, to: Int? = nil,
        isOnward: Bool = false, parent: Int? = nil
    ) {
        self.id = id
        self.delegator = delegator
        self.delegate = delegate
        self.range = range
        self.purpose = purpose
        self.from = from
        self.to = to
        self.isOnward = isOnward
        self.parent = parent
    }
}

/// Numbers on one of the ledger's lists, from `from` on until `to`, which is no longer included.
package struct Listing: Hashable, Sendable {
    package enum List: String, CaseIterable, Sendable {
        /// Nobody calls with them.
        case doNotOriginate = "do_not_originate"
        /// Shown only from a trunk that is granted exactly this number.
        case protected
        /// Harm came of them; each entry has an end.
        case badNumber = "bad_number"
    }

    package let list: List
    package let range: NumberRange
    /// Who asked for it.
    package let source: String
    package let from: Int
    package let to: Int?

    package init(list: List, range: NumberRange, source: String, from: Int, to: Int? = nil) {
        self.list = list
        self.range = range
        self.source = source
        self.from = from
        self.to = to
    }
}
