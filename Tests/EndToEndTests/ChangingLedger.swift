import Foundation

/// A ledger with trunks of every class, and changes of it as operators make them, picked at random.
struct ChangingLedger {
    private let carrier: Carrier
    private var random = Seeded(state: 4)
    /// All that were ever given.
    private var grants = 4, delegations = 0
    /// How many commands have changed it.
    private(set) var changes = 0

    static let trunks = ["ent-1", "ent-2", "acc-1", "ic-1", "ic-2", "intl-1"]
    /// The numbers at which grants begin and end lie among them.
    static let first = 8_657_188_880_000, count = 60
    static let line = "8657188889000"

    static let tables: [(String, String)] = [
        (
            "carriers",
            "spc,name,country,gateway\n1001,East,86,false\n2002,West,86,false\n3003,Gateway,86,true\n"
        ),
        (
            "holdings",
            "carrier,first,last\n1001,+8657188880000,+8657188889999\n2002,+8613800138000,+8613800138999\n"
                + "1001,86:95588,\n"
        ),
        (
            "customers",
            "id,name,kind,entity\nc1,Customer,enterprise,E-1\nc2,Callers,call_centre,E-2\nc3,Delegate,enterprise,E-3\n"
        ),
        (
            "licences",
            "id,customer,scope,valid_from,valid_to\nL-1,c1,voice,2020-01-01,\nL-2,c2,voice,2020-01-01,\n"
        ),
        (
            "trunks",
            """
            name,class,state,customer,peer,line,service,use,contract
            ent-1,enterprise,active,c1,,,voice,service,C-1
            ent-2,enterprise,active,c2,,,voice,service,C-2
            acc-1,access,active,c1,,+\(line),voice,service,C-3
            ic-1,interconnect,active,,2002,,,carrier,C-4
            ic-2,interconnect,active,,3003,,,carrier,C-5
            intl-1,international,active,,3003,,,carrier,C-6

            """
        ),
        ("approvals", "trunk,by,at\n" + trunks.map { "\($0),li,0\n\($0),wang,0\n" }.joined()),
        (
            "grants",
            """
            trunk,first,last,valid_from
            ent-1,+8657188880010,+8657188880029,0
            ent-1,86:95588,,0
            ent-2,86:95012345,,0
            acc-1,+8657188880030,,0

            """
        ),
    ]

    init(of carrier: Carrier) { self.carrier = carrier }

    /// The next change. What the ledger's own rules refuse is none.
    mutating func change() async throws {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<5: try await addGrant()
        case 5..<9:
            let id = Int.random(in: 1...grants, using: &random)
            try await make("grants", "end", more: ["\(id)"] + (Bool.random(using: &random) ? [] : ["--at", soon()]))
        case 9..<12: try await moveTrunk()
        case 12..<14: try await replace("ported", "number,carrier", "\(ownNumber()),\(pick("2002", "3003"))")
        case 14: try await replace("ported", "number,carrier", "")
        case 15..<17: try await delegate()
        case 17:
            let end = pick("", "2020-12-31")
            try await replace(
                "licences", "id,customer,scope,valid_from,valid_to",
                "L-1,c1,voice,2020-01-01,\(end)\nL-2,c2,voice,2020-01-01,")
        case 18:
            let list = pick("do_not_originate", "protected")
            try await replace("listings", "list,first,last,source,valid_from", "\(list),\(ownNumber()),,ministry,0")
        default:
            let enrolled = pick("0", soon(), "")
            try await replace(
                "carriers", "spc,name,country,gateway,enrolled_from",
                "1001,East,86,false,\n2002,West,86,\(pick("true", "false")),\(enrolled)\n3003,Gateway,86,true,")
        }
    }
}

extension ChangingLedger {
    private mutating func addGrant() async throws {
        let first = Int.random(in: 0..<Self.count, using: &random)
        let last = Int.random(in: first..<Self.count, using: &random)
        let trunk = pick("ent-1", "acc-1")
        var more = ["--first", Self.number(first), "--last", Self.number(last)]
        if Bool.random(using: &random) { more += ["--until", soon()] }
        if Int.random(in: 0..<4, using: &random) == 0 { more += ["--hours", pick("00:00-12:00", "12:00-24:00")] }
        if Int.random(in: 0..<6, using: &random) == 0 { more.append("--inbound-only") }
        try await grant(on: trunk, more)
    }

    /// Through all states in which calls do not go over it, and back.
    private mutating func moveTrunk() async throws {
        let trunk = pick("ent-1", "ent-2", "acc-1", "ic-1", "ic-2", "intl-1")
        let isShut = Bool.random(using: &random)
        guard try await make("trunks", isShut ? "shut" : "suspend", more: [trunk]) else { return }
        for person in ["li", "wang"] { try await make("trunks", "approve", by: person, more: [trunk]) }
        try await make("trunks", isShut ? "reopen" : "resume", more: [trunk])
    }

    private mutating func delegate() async throws {
        if delegations > 0, Bool.random(using: &random) {
            let id = Int.random(in: 1...delegations, using: &random)
            try await make("delegations", "end", more: ["\(id)"])
            return
        }
        let first = Int.random(in: 0..<Self.count, using: &random)
        let numbers = ["--first", Self.number(first)]
        let parties = ["--delegator", "carrier:1001", "--delegate", "customer:c1", "--purpose", "calling back"]
        guard try await make("delegations", "add", more: parties + numbers) else { return }
        delegations += 1
        try await grant(on: "ent-1", ["--delegation", "\(delegations)"] + numbers)
    }

    private mutating func grant(on trunk: String, _ more: [String]) async throws {
        for person in ["li", "wang"] { try await make("trunks", "approve", by: person, more: [trunk]) }
        if try await make("grants", "add", more: ["--trunk", trunk] + more) { grants += 1 }
    }

    private mutating func replace(_ table: String, _ columns: String, _ rows: String) async throws {
        try carrier.write("change.csv", ([columns, rows].filter { !$0.isEmpty } + [""]).joined(separator: "\n"))
        try await note(["ledger", "import", "--data", "data", "--replace", table, "change.csv"])
    }

    @discardableResult
    private mutating func make(
        _ subject: String, _ verb: String, by person: String = "li", more: [String]
    ) async throws -> Bool {
        try await note(["ledger", subject, verb, "--data", "data", "--by", person, "--why", "order"] + more)
    }

    @discardableResult
    private mutating func note(_ command: [String]) async throws -> Bool {
        let (status, _) = try await Program.run("countersign", command, in: carrier.folder)
        if status == 0 { changes += 1 }
        return status == 0
    }

    private mutating func pick(_ words: String...) -> String {
        words[Int.random(in: words.indices, using: &random)]
    }

    private mutating func ownNumber() -> String { Self.number(Int.random(in: 0..<Self.count, using: &random)) }

    private static func number(_ place: Int) -> String { "+\(first + place)" }

    /// In the seconds that are on.
    private mutating func soon() -> String {
        String(Int(Date().timeIntervalSince1970) + Int.random(in: 0...3, using: &random))
    }
}
