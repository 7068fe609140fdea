/// The calling codes of the world, and the parts of those that several countries share.
struct CallingCodes: Sendable {
    static let all = {
        do throws(PlanFault) { return try CallingCodes(file: PackageResources.countries_json) } catch {
            preconditionFailure("the calling codes that are built in can be read: \(error)")
        }
    }()

    enum Found: Hashable, Sendable {
        /// No number of it has fewer digits than `shortest`, the calling code included.
        case assigned(Country, shortest: Int)
        /// The first digits that no calling code begins with, as many as `prefix`.
        case unassigned(prefix: Int)
    }

    private let prefixes: PrefixTree
    private let owners: [(country: Country, shortest: Int)]

    private init(file text: [UInt8]) throws(PlanFault) {
        var file = try PlanReader(text.span)
        var owners: [(country: Country, shortest: Int)] = []
        var prefixes = PrefixTree.Builder()
        try file.objects("entries") { (entry) throws(PlanFault) in
            let country = try entry.value("country", "two letters, or a service of the whole world", Country.init)
            let rule = PrefixTree.Rule(lengths: .max, following: .max, place: UInt32(owners.count))
            owners.append((country, try entry.integer("shortest", in: 1...15)))
            for prefix in try entry.values("prefixes", "digits, such as 86", DialPlan.decimal) {
                try prefixes.add(prefix, rule, origin: entry.path("prefixes"))
            }
        }
        try file.finish()
        self.prefixes = PrefixTree(prefixes)
        self.owners = owners
    }

    /// For decimal digits.
    func find(_ digits: Digits) -> Found {
        switch prefixes.find(digits) {
        case .place(let place): .assigned(owners[place].country, shortest: owners[place].shortest)
        case .unallocated(_, let prefix): .unassigned(prefix: prefix)
        }
    }
}
