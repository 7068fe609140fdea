internal import LibCrypto

/// A plan as a file of JSON. README.md describes each member: "The file of a numbering plan".
extension DialPlan {
    /// In bytes.
    package static let largestFile = 1_048_576

    /// The plan's ``id`` is that of the file and, behind an `@`, the beginning of the SHA-256 of its bytes: no two plans
    /// have the same.
    package convenience init(file text: [UInt8]) throws(PlanFault) {
        var file = try PlanReader(text.span)
        let id = try file.value("id", "1 to 64 letters, digits and .-_, such as cn-2026.1") { $0.isName ? $0 : nil }
        let country = try file.value("countryCode", "a country's calling code, such as 86") { CountryCode($0) }
        let internationalPrefixes = try file.values("internationalPrefixes", "digits, such as 00", Self.decimal)
        let trunkPrefix = try file.optional("trunkPrefix", "digits, such as 0", Self.decimal)
        let longestLocal = try file.integer("longestLocal", in: 0...15)
        let emergencyNumbers = try file.values("emergencyNumbers", "digits, such as 110", Self.decimal)
        let rules = try Self.rules(&file)
        var table = Table()
        try file.objects("allocations") { (entry) throws(PlanFault) in try table.addAllocation(&entry) }
        try file.object("areas") { (areas) throws(PlanFault) in try table.addAreas(&areas) }
        for prefix in try file.optionalValues("reserved", "digits, such as 98", Self.decimal) {
            try table.prefixes.reserve(prefix)
        }
        try file.finish()
        self.init(
            id: "\(id)@\(Self.fingerprint(text))", country: country, internationalPrefixes: internationalPrefixes,
            trunkPrefix: trunkPrefix, longestLocal: longestLocal, emergencyNumbers: Set(emergencyNumbers), rules: rules,
            allocations: table.allocations, prefixes: PrefixTree(table.prefixes))
        for number in emergencyNumbers where (try? self.number(from: number.description)).map(isEmergency) != true {
            throw .unreadableEmergencyNumber(number)
        }
    }

    /// Each costs a little for each call.
    private static let mostPatterns = 1_000

    private static func rules(_ file: inout PlanReader) throws(PlanFault) -> [Rule] {
        var rules: [Rule] = []
        try file.objects("forms") { (entry) throws(PlanFault) in
            let form: Form = try entry.choice("form")
            rules += try entry.values("patterns", "a pattern of digits, X, [2-8] and a final full stop") {
                DigitPattern($0)
            }.map { Rule($0, form) }
            guard rules.count <= mostPatterns else { throw .tooManyPatterns }
        }
        return rules
    }

    static func decimal(_ text: String) -> Digits? {
        guard let digits = Digits(text), digits.isDecimal, digits.count <= 15 else { return nil }
        return digits
    }

    private static func fingerprint(_ text: [UInt8]) -> String {
        let digest: [UInt8] = SHA256.digest(text.span)
        return digest.prefix(6).map { String($0 >> 4, radix: 16) + String($0 & 0xF, radix: 16) }.joined()
    }
}

extension DialPlan {
    /// Allocations as they are read, and the prefixes that lead to them.
    private struct Table {
        var allocations: [Allocation] = []
        var prefixes = PrefixTree.Builder()

        mutating func addAllocation(_ entry: inout PlanReader) throws(PlanFault) {
            let prefixes = try entry.values("prefixes", "digits, such as 138", DialPlan.decimal)
            let lengths = try entry.integers("lengths", in: 1...Digits.longest)
            let following = try entry.optional("followedBy", Self.digitsThatMayFollow, Self.set)
            let rule = PrefixTree.Rule(
                lengths: Self.bits(lengths), following: following ?? 0x3FF,
                place: place(of: try Self.allocation(&entry)))
            for prefix in prefixes {
                guard lengths.allSatisfy({ $0 >= prefix.count }) else {
                    throw .wrong(path: entry.path("lengths"), expected: "no less than the \(prefix.count) of \(prefix)")
                }
                try self.prefixes.add(prefix, rule, origin: entry.path("prefixes"))
            }
        }

        mutating func addAreas(_ areas: inout PlanReader) throws(PlanFault) {
            let common = try Self.allocation(&areas)
            let following = try areas.value("localBegins", Self.digitsThatMayFollow, Self.set)
            try areas.objects("codes") { (entry) throws(PlanFault) in
                try addArea(&entry, common, following)
            }
        }

        private mutating func addArea(
            _ entry: inout PlanReader, _ common: Allocation, _ following: UInt16
        ) throws(PlanFault) {
            let code = try entry.value("code", "digits, such as 571", DialPlan.decimal)
            let local = try entry.integers("local", in: 1...Digits.longest - code.count)
            let area = Allocation(
                kind: common.kind, holder: common.holder, origination: common.origination,
                fromAbroad: common.fromAbroad, isProtected: common.isProtected,
                place: try entry.optional("place", "a text of up to 100 bytes") { $0.isPlace ? $0 : nil })
            let rule = PrefixTree.Rule(
                lengths: Self.bits(local.map { code.count + $0 }), following: following, place: place(of: area))
            try prefixes.add(code, rule, origin: entry.path("code"))
        }

        private mutating func place(of allocation: Allocation) -> UInt32 {
            allocations.append(allocation)
            return UInt32(allocations.count - 1)
        }

        private static func allocation(_ entry: inout PlanReader) throws(PlanFault) -> Allocation {
            let word = "1 to 64 of a-z, 0-9 and _"
            return Allocation(
                kind: try entry.value("kind", word) { $0.isWord ? $0 : nil },
                holder: try entry.optional("holder", word) { $0.isWord ? $0 : nil },
                origination: try entry.choice("originate"), fromAbroad: try entry.choice("fromAbroad"),
                isProtected: try entry.boolean("protected"))
        }

        private static func bits(_ lengths: [Int]) -> UInt32 { lengths.reduce(0) { $0 | 1 << UInt32($1) } }

        private static let digitsThatMayFollow = "the digits that may come next, such as 2345678"

        private static func set(_ text: String) -> UInt16? {
            DialPlan.decimal(text).map { digits in
                (0..<digits.count).reduce(0) { $0 | 1 << UInt16(digits.nibble(at: $1)) }
            }
        }
    }
}

extension String {
    fileprivate var isName: Bool {
        (1...64).contains(utf8.count) && utf8.allSatisfy { $0.isLetterOrDigit || ".-_".utf8.contains($0) }
    }

    fileprivate var isWord: Bool {
        (1...64).contains(utf8.count) && self == lowercased()
            && utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "_") }
    }

    fileprivate var isPlace: Bool { (1...100).contains(utf8.count) && utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
