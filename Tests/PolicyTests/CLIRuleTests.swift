import Ledger
import NumberPlan
import Policy
import Testing

/// What is shown, and what each class of trunk makes of it: nil for what goes on to be signed or verified.
struct RuleRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let cli: String
    let enterprise, access, interconnect, international: CLIRule?
    let alter: @Sendable (inout Rules) -> Void

    init(
        _ name: String, _ cli: String, _ enterprise: CLIRule?, _ access: CLIRule?, _ interconnect: CLIRule?,
        _ international: CLIRule?, alter: @escaping @Sendable (inout Rules) -> Void = { _ in }
    ) {
        testDescription = name
        self.cli = cli
        self.enterprise = enterprise
        self.access = access
        self.interconnect = interconnect
        self.international = international
        self.alter = alter
    }

    func rule(_ trunkClass: TrunkClass) -> CLIRule? {
        switch trunkClass {
        case .enterprise: enterprise
        case .access: access
        case .interconnect: interconnect
        case .international: international
        }
    }
}

@Suite struct `Each rule on each class of trunk` {
    static let rows: [RuleRow] = [
        RuleRow("nothing", "", .hidden, .syntax, .syntax, .syntax),
        RuleRow("anonymous", "anonymous", .hidden, .syntax, .syntax, .syntax),
        RuleRow("anonymous, as a URI", "sip:anonymous@anonymous.invalid", .hidden, .syntax, .syntax, .syntax),
        RuleRow("granted, and restricted", "+862152345678", .hidden, nil, nil, .fixedFromAbroad) {
            $0.isRestricted = true
            $0.grant(only("+862152345678"))
        },
        RuleRow("granted, and written for the eye", "+86-21-5234-5678", .syntax, .syntax, .syntax, .syntax) {
            $0.grant(only("+862152345678"))
        },
        RuleRow("granted, and a URI", "tel:+86-21-5234-5678", nil, nil, nil, .fixedFromAbroad) {
            $0.grant(only("+862152345678"))
        },
        RuleRow("15 digits abroad", "+447000000000000", .notGranted, .notGranted, nil, nil),
        RuleRow("16 digits abroad", "+4470000000000000", .syntax, .syntax, .syntax, .syntax),
        RuleRow("a prefix that is nobody's", "15400001234", .unallocated, .unallocated, .unallocated, .noCountryCode),
        RuleRow("the same from abroad", "+8615400001234", .unallocated, .unallocated, .unallocated, .unallocated),
        RuleRow(
            "a trunk prefix after the country code", "+8602152345678", .unallocated, .unallocated, .unallocated,
            .unallocated),
        RuleRow("a code behind the country code", "+86110", .unallocated, .unallocated, .unallocated, .fixedFromAbroad),
        RuleRow("a code too long by a digit", "9558812", .unallocated, .unallocated, .unallocated, .noCountryCode) {
            $0.grant(only("86:95588"))
        },
        RuleRow("a 400 number", "4001234567", .doNotOriginate, .doNotOriginate, .doNotOriginate, .noCountryCode) {
            $0.grant(only("86:4001234567"))
        },
        RuleRow(
            "a 400 number from abroad", "+864001234567", .unallocated, .unallocated, .unallocated, .fixedFromAbroad),
        RuleRow(
            "a number on the list of those that nobody calls with", "+862152345678", .doNotOriginate, .doNotOriginate,
            .doNotOriginate, .fixedFromAbroad
        ) {
            $0.grant(only("+862152345678"))
            $0.listings = [Listing(list: .doNotOriginate, range: only("+862152345678"), source: "its holder", from: 0)]
        },
        RuleRow("once it has left that list", "+862152345678", nil, nil, nil, .fixedFromAbroad) {
            $0.grant(only("+862152345678"))
            $0.listings = [
                Listing(list: .doNotOriginate, range: only("+862152345678"), source: "x", from: 0, to: Rules.now),
                Listing(list: .doNotOriginate, range: only("+862152345678"), source: "x", from: Rules.now + 1),
            ]
        },
        RuleRow(
            "a foreign number on that list", "+442071838750", .doNotOriginate, .doNotOriginate, .doNotOriginate,
            .doNotOriginate
        ) {
            $0.listings = [Listing(list: .doNotOriginate, range: only("+442071838750"), source: "x", from: 0)]
        },
        RuleRow(
            "a bad number", "+862152345678", .badNumber, .badNumber, .badNumber, .fixedFromAbroad
        ) {
            $0.grant(only("+862152345678"))
            $0.listings = [
                Listing(list: .badNumber, range: only("+862152345678"), source: "x", from: 0, to: Rules.now + 1)
            ]
        },
        RuleRow("once it is none any more", "+862152345678", nil, nil, nil, .fixedFromAbroad) {
            $0.grant(only("+862152345678"))
            $0.listings = [Listing(list: .badNumber, range: only("+862152345678"), source: "x", from: 0, to: Rules.now)]
        },
        RuleRow("a bad number by a peer's word", "+442071838750", .badNumber, .badNumber, .badNumber, .badNumber) {
            $0.told = [SharedEntry(list: .badNumber, range: only("+442071838750"), from: 0, to: Rules.now + 1)]
        },
        RuleRow(
            "a number that nobody calls with, by its holder's word", "+862152345678", .doNotOriginate, .doNotOriginate,
            .doNotOriginate, .fixedFromAbroad
        ) {
            $0.grant(only("+862152345678"))
            $0.told = [SharedEntry(list: .doNotOriginate, range: only("+862152345678"), from: 0, to: nil)]
        },
        RuleRow("a number whose trunk its holder has shut", "+862152345678", nil, nil, nil, .fixedFromAbroad) {
            $0.grant(only("+862152345678"))
            $0.told = [SharedEntry(list: .shutTrunk, range: only("+862152345678"), from: 0, to: nil)]
        },
        RuleRow(
            "the police's number by a peer's word", "110", .protected, .protected, .protected, .noCountryCode
        ) {
            $0.told = [SharedEntry(list: .badNumber, range: only("86:110"), from: 0, to: Rules.now + 1)]
        },
        RuleRow("the police's number", "110", .protected, .protected, .protected, .noCountryCode),
        RuleRow("the police's, from the trunk that it was granted", "110", nil, nil, nil, .noCountryCode) {
            $0.grant(only("86:110"))
        },
        RuleRow(
            "the police's, in a range of codes that was granted", "110", .protected, .protected, .protected,
            .noCountryCode
        ) {
            $0.grant(range("86:110", "86:111"))
        },
        RuleRow(
            "a number that the ledger protects", "+862152345678", .protected, .protected, .protected, .fixedFromAbroad
        ) {
            $0.grant(range("+862152345670", "+862152345679"))
            $0.listings = [Listing(list: .protected, range: only("+862152345678"), source: "x", from: 0)]
        },
        RuleRow(
            "a foreign number that the ledger protects", "+442071838750", .protected, .protected, .protected, .protected
        ) {
            $0.listings = [Listing(list: .protected, range: only("+442071838750"), source: "x", from: 0)]
        },
        RuleRow("a mobile number", "13800138000", .notGranted, nil, nil, .noCountryCode),
        RuleRow("a mobile number that is the line's own", "13800138000", .notGranted, nil, nil, .noCountryCode) {
            $0.line = number("+8613800138000")
        },
        RuleRow("a mobile number of ours from abroad", "+8613800138000", .notGranted, nil, nil, nil) {
            $0.roaming = .abroad
        },
        RuleRow("whose subscriber is at home", "+8613800138000", .notGranted, nil, nil, .notRoaming) {
            $0.roaming = .home
        },
        RuleRow("of whom nobody knows", "+8613800138000", .notGranted, nil, nil, nil) { $0.roaming = .unknown },
        RuleRow("of whom somebody has to know", "+8613800138000", .notGranted, nil, nil, .roamingUnknown) {
            ($0.roaming, $0.whenRoamingUnknown) = (.unknown, .block)
        },
        RuleRow("satellite phones do not roam", "+8617400001234", .notGranted, nil, nil, .fixedFromAbroad),
        RuleRow("a foreign number", "0085221234567", .notGranted, .notGranted, nil, nil),
        RuleRow("a foreign number that was granted", "+85221234567", nil, nil, nil, nil) {
            $0.grant(only("+85221234567"))
        },
        RuleRow("a call centre's own mobile number", "13800138000", .userNumber, .userNumber, nil, .noCountryCode) {
            $0.customer = Customer(id: "c1", name: "Centre", kind: .callCentre)
            $0.grant(only("+8613800138000"))
        },
        RuleRow("a call centre's own fixed number", "02152345678", .userNumber, .userNumber, nil, .noCountryCode) {
            $0.customer = Customer(id: "c1", name: "Agency", kind: .agencyMarketing)
            $0.grant(only("+862152345678"))
        },
        RuleRow("a call centre's own code", "95005", nil, nil, nil, .noCountryCode) {
            $0.customer = Customer(id: "c1", name: "Centre", kind: .callCentre)
            $0.grant(only("86:95005"))
        },
        RuleRow("a code", "95588", .codeNotGranted, .codeNotGranted, nil, .noCountryCode),
        RuleRow("another code than was granted", "955880", .codeNotGranted, .codeNotGranted, nil, .noCountryCode) {
            $0.grant(only("86:95588"))
        },
        RuleRow("a code that was granted with others", "95588", .codeNotGranted, .codeNotGranted, nil, .noCountryCode) {
            $0.grant(range("86:95580", "86:95599"))
        },
        RuleRow("a code that is a line's own", "95588", .codeNotGranted, .codeNotGranted, nil, .noCountryCode) {
            $0.line = number("86:95588")
        },
        RuleRow("a machine's number that was granted with others", "1440012345678", nil, nil, nil, .noCountryCode) {
            $0.grant(range("+861440012345670", "+861440012345679"))
        },
        RuleRow("a machine's number", "1440012345678", .codeNotGranted, .codeNotGranted, nil, .noCountryCode),
        RuleRow("one before the range that was granted", "02152345669", .notGranted, nil, nil, .noCountryCode) {
            $0.grant(range("+862152345670", "+862152345679"))
        },
        RuleRow("the first of it", "02152345670", nil, nil, nil, .noCountryCode) {
            $0.grant(range("+862152345670", "+862152345679"))
        },
        RuleRow("the last of it", "02152345679", nil, nil, nil, .noCountryCode) {
            $0.grant(range("+862152345670", "+862152345679"))
        },
        RuleRow("one after it", "02152345680", .notGranted, nil, nil, .noCountryCode) {
            $0.grant(range("+862152345670", "+862152345679"))
        },
        RuleRow("to an emergency number, whatever it shows", "junk", nil, nil, nil, nil) { $0.callsEmergency = true },
    ]

    @Test(arguments: rows) func `decides as the table has it`(row: RuleRow) {
        var rules = Rules()
        row.alter(&rules)
        for trunkClass in TrunkClass.allCases {
            #expect(rules.ruling(row.cli, trunkClass).rule == row.rule(trunkClass), "\(trunkClass)")
        }
    }

    /// Those that are asked with a token at hand are the verifier's to try.
    @Test func `is tried`() {
        let found = Set(Self.rows.flatMap { row in TrunkClass.allCases.compactMap(row.rule) })
        let missing = Set(CLIRule.allCases).subtracting(found)
        #expect(
            missing == [.emergencyCall, .foreign, .notFromGateway, .attestationMissing, .outsideSignersNumbers])
    }

    @Test func `has a name and a reason of its own`() {
        #expect(Set(CLIRule.allCases.map(\.reason)).count == CLIRule.allCases.count)
        #expect(Set(CLIRule.allCases.map(\.rawValue)) == Set((1...16).map { "N\($0)" } + ["C-05", "C-09"]))
    }

    @Test func `says what goes on`() {
        #expect(Rules().ruling("+862152345678", .interconnect) == .open)
        #expect(Rules().ruling("13800138000", .access) == .open)
        #expect(Rules().ruling("95588", .interconnect) == .openToHolder)
        var granted = Rules()
        granted.grant(range("86:95580", "86:95599"))
        #expect(granted.ruling("95588", .interconnect) == .openToHolder)
        granted.grant(only("86:95588"))
        #expect(granted.ruling("95588", .interconnect) == .open)
        #expect(Rules().ruling("+442071838750", .international) == .foreign)
        #expect(Rules().ruling("+442071838750", .interconnect) == .foreignFromGateway)
        var rules = Rules()
        rules.line = number("+8613800138000")
        #expect(rules.ruling("13800138000", .access) == .proven(grant: nil))
        for (answer, ruling) in [(RoamingAnswer.abroad, CLIRuling.roaming), (.unknown, .withheld)] {
            rules.roaming = answer
            #expect(rules.ruling("+8613800138000", .international) == ruling)
        }
        rules.whenRoamingUnknown = .pass
        #expect(rules.ruling("+8613800138000", .international) == .unvouched)
        rules.callsEmergency = true
        for trunkClass in TrunkClass.allCases { #expect(rules.ruling("", trunkClass) == .emergency) }
    }

    /// A plan of no country knows nothing of numbers; what the ledger says holds all the same.
    @Test func `without a plan is the ledger's`() {
        var rules = Rules()
        rules.plan = .none
        #expect(rules.ruling("+1 (215) 555-1212", .interconnect) == .open)
        #expect(rules.ruling("4001234567", .interconnect) == .open)
        #expect(rules.ruling("2155551212", .international) == .open)
        #expect(rules.ruling("junk", .interconnect) == .open)
        #expect(rules.ruling("junk", .international) == .open)
        #expect(rules.ruling("junk", .access).rule == .syntax)
        #expect(rules.ruling("+12155551212", .enterprise).rule == .notGranted)
        rules.grant(only("+12155551212"))
        #expect(rules.ruling("+12155551212", .enterprise) == .proven(grant: rules.grants[0].id))
    }
}

@Suite struct `A grant that does not count` {
    static let morning = DailyHours("09:00-12:00")!
    /// 2026-11-23 09:00 in Asia/Shanghai.
    static let nine = 1_795_395_600

    @Test(
        arguments: [
            (GrantFault.notBegun, { @Sendable rules in rules.grant(only("+862152345678"), from: Rules.now + 1) }),
            (.ended, { @Sendable rules in rules.grant(only("+862152345678"), to: Rules.now) }),
            (.notOutbound, { @Sendable rules in rules.grant(only("+862152345678"), isOutbound: false) }),
            (.otherUse, { @Sendable rules in rules.grant(only("+862152345678"), use: .marketing) }),
            (
                .outsideHours,
                { @Sendable rules in rules.grant(only("+862152345678"), hours: DailyHours("00:00-00:01")) }
            ),
        ] as [(GrantFault, @Sendable (inout Rules) -> Void)])
    func `says why`(fault: GrantFault, alter: @Sendable (inout Rules) -> Void) {
        var rules = Rules()
        alter(&rules)
        #expect(rules.ruling("02152345678", .enterprise) == .refused(.notGranted, fault))
        rules.grant(range("+862152345600", "+862152345699"))
        let wider = rules.grants.last { $0.trunk == "enterprise" }
        #expect(rules.ruling("02152345678", .enterprise) == .proven(grant: wider?.id))
    }

    /// A hotline is called, and does not call.
    @Test func `because of what its trunk is for`() {
        var rules = Rules()
        rules.grant(only("+862152345678"))
        rules.use = .hotline
        #expect(rules.ruling("02152345678", .enterprise) == .refused(.notGranted, .notOutbound))
    }

    @Test(arguments: [(-1, false), (0, true), (3 * 3_600 - 1, true), (3 * 3_600, false)])
    func `because of the hour`(offset: Int, counts: Bool) {
        var rules = Rules()
        rules.now = Self.nine + offset
        rules.grant(only("+862152345678"), hours: Self.morning)
        let ruling = rules.ruling("02152345678", .enterprise)
        #expect(ruling == (counts ? .proven(grant: rules.grants[0].id) : .refused(.notGranted, .outsideHours)))
    }
}
