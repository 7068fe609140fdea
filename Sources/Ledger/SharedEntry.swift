package import NumberPlan

/// What carriers tell each other of numbers.
package enum SharedList: String, CaseIterable, Hashable, Sendable {
    /// Nobody calls with them: our list of the same name.
    case doNotOriginate = "do_not_originate"
    /// Numbers of which harm came: our list of the same name.
    case badNumber = "bad_number"
    /// Numbers of a trunk that was shut, which no other trunk has been granted since.
    case shutTrunk = "shut_trunk"
}

/// Numbers on one of the lists that are shared, from `from` on until `to`, which is no longer included.
package struct SharedEntry: Hashable, Sendable {
    package let list: SharedList
    package let range: NumberRange
    package let from: Int
    /// Nil where there is no end, which a bad number always has.
    package let to: Int?

    package init(list: SharedList, range: NumberRange, from: Int, to: Int?) {
        (self.list, self.range, self.from, self.to) = (list, range, from, to)
    }
}

extension Set<SharedList> {
    /// `bad_number do_not_originate`, as the ledger has it: each once, with a blank between; nil if it is not of the lists.
    package init?(described text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let lists = words.compactMap(SharedList.init)
        self.init(lists)
        guard lists.count == words.count, count == words.count else { return nil }
    }

    package var names: [String] { map(\.rawValue).sorted() }
}
