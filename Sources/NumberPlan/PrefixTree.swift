/// What a plan knows of prefixes: a tree of digits in flat arrays, which a look-up follows digit by digit. Of the rules
/// on its way that fit, the last counts: the longest prefix.
struct PrefixTree: Sendable {
    struct Rule: Hashable, Sendable {
        /// How many digits a number may have in all: bit n for n of them.
        var lengths: UInt32
        /// Which digits may follow the prefix, as bits.
        var following: UInt16
        let place: UInt32
    }

    /// Ten for each node; 0, the root, where there is none.
    private var children = [UInt16](repeating: 0, count: 10)
    /// Of each node: where in `rules` its own begin, and at the end where they end.
    private var firstRules: [UInt32] = []
    private var rules: [Rule] = []
    private var reserved: [Bool] = [false]

    static let empty = PrefixTree(Builder())

    enum Found: Hashable, Sendable {
        case place(Int)
        case unallocated(Unallocated, prefix: Int)
    }

    /// For decimal digits; those before `start` are passed over, and the length of `prefix` counts from there.
    func find(_ digits: Digits, from start: Int = 0) -> Found {
        let count = digits.count - start
        var node = 0, depth = 0, place: UInt32?, ruled = 0, held = 0
        while depth < count {
            let child = Int(children[node * 10 + Int(digits.nibble(at: start + depth))])
            guard child != 0 else { break }
            (node, depth) = (child, depth + 1)
            if reserved[node] { held = depth }
            let own = Int(firstRules[node])..<Int(firstRules[node + 1])
            guard !own.isEmpty else { continue }
            ruled = depth
            let next = depth < count ? digits.nibble(at: start + depth) : nil
            for index in own where rules[index].fits(count, next: next) {
                place = rules[index].place
            }
        }
        if let place { return .place(Int(place)) }
        if held > ruled { return .unallocated(.reserved, prefix: held) }
        if ruled > 0 { return .unallocated(.wrongLength, prefix: ruled) }
        return .unallocated(depth < count ? .unknownPrefix : .wrongLength, prefix: min(depth + 1, count))
    }
}

extension PrefixTree.Rule {
    fileprivate func fits(_ count: Int, next: UInt8?) -> Bool {
        lengths & 1 << UInt32(count) != 0 && (next.map { following & 1 << UInt16($0) != 0 } ?? true)
    }

    fileprivate func overlaps(_ other: Self) -> Bool {
        lengths & other.lengths != 0 && following & other.following != 0
    }
}

extension PrefixTree {
    struct Builder {
        /// Of each node: its rules, and what made them.
        fileprivate var rules: [[(rule: Rule, origin: String)]] = [[]]
        fileprivate var children = [UInt16](repeating: 0, count: 10)
        fileprivate var reserved: [Bool] = [false]

        static let mostNodes = Int(UInt16.max)

        /// - Parameter origin: where in the file it stands, for whoever has to mend it.
        mutating func add(_ prefix: Digits, _ rule: Rule, origin: String) throws(PlanFault) {
            let node = try node(prefix)
            if let other = rules[node].first(where: { $0.rule.overlaps(rule) }) {
                throw .ambiguous(prefix: prefix, path: origin, other: other.origin)
            }
            rules[node].append((rule, origin))
        }

        mutating func reserve(_ prefix: Digits) throws(PlanFault) { reserved[try node(prefix)] = true }

        private mutating func node(_ prefix: Digits) throws(PlanFault) -> Int {
            var node = 0
            for index in 0..<prefix.count {
                let place = node * 10 + Int(prefix.nibble(at: index))
                if children[place] == 0 { children[place] = try newNode() }
                node = Int(children[place])
            }
            return node
        }

        private mutating func newNode() throws(PlanFault) -> UInt16 {
            guard rules.count < Self.mostNodes else { throw .tooManyPrefixes }
            children += repeatElement(0, count: 10)
            rules.append([])
            reserved.append(false)
            return UInt16(rules.count - 1)
        }
    }

    init(_ builder: Builder) {
        children = builder.children
        reserved = builder.reserved
        for node in builder.rules {
            firstRules.append(UInt32(rules.count))
            rules += node.map(\.rule)
        }
        firstRules.append(UInt32(rules.count))
    }
}
