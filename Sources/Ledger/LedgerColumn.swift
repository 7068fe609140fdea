internal import GRDB
internal import NumberPlan

/// A column of a file: what its values are, and how they are kept.
struct LedgerColumn: Sendable {
    enum Kind: Sendable {
        case providerCode, countryCode, trunkName, identifier, number, time, day, boolean, hours, scope, party, address,
            sharedLists
        /// An E.164 number, kept as an integer.
        case portedNumber
        case reference(LedgerTable)
        case word([String])
        case text(longest: Int)
        /// A text of one line.
        case line(longest: Int)
    }

    enum Presence: Sendable {
        case required
        /// What a new row has where nothing is given.
        case optional(String?)
    }

    let name: String
    let kind: Kind
    let presence: Presence

    static func required(_ name: String, _ kind: Kind) -> LedgerColumn {
        LedgerColumn(name: name, kind: kind, presence: .required)
    }

    static func optional(_ name: String, _ kind: Kind, _ fallback: String? = nil) -> LedgerColumn {
        LedgerColumn(name: name, kind: kind, presence: .optional(fallback))
    }

    var isRequired: Bool {
        if case .required = presence { true } else { false }
    }

    /// What a new row has where nothing is given.
    var fallback: DatabaseValue? {
        guard case .optional(let text?) = presence else { return nil }
        if case .boolean = kind { return (text == "true" ? 1 : 0).databaseValue }
        return text.databaseValue
    }

    /// As JSON writes it without quotation marks.
    var isPlain: Bool {
        switch kind {
        case .identifier, .time, .boolean, .reference(.delegations): true
        default: false
        }
    }

    /// The text of a file, as SQL makes it of what is kept.
    var exported: String {
        switch kind {
        case .portedNumber: "'+' || \"\(name)\""
        case .boolean: "CASE \"\(name)\" WHEN 1 THEN 'true' ELSE 'false' END"
        default: "CAST(\"\(name)\" AS TEXT)"
        }
    }
}

/// The names that rows may refer to, as they are when a table's turn comes.
struct KnownNames {
    private(set) var carriers: Set<String> = []
    private(set) var customers: Set<String> = []
    private(set) var trunks: Set<String> = []
    private(set) var delegations: Set<String> = []

    init(for table: LedgerTable, _ db: Database) throws {
        func names(_ column: String, _ table: LedgerTable) throws -> Set<String> {
            try String.fetchSet(
                db, sql: "SELECT CAST(\(column) AS TEXT) FROM \(table.tableName) WHERE until IS NULL")
        }
        let named = table.namedTables
        if named.contains(.carriers) { carriers = try names("spc", .carriers) }
        if named.contains(.customers) { customers = try names("id", .customers) }
        if named.contains(.trunks) { trunks = try names("name", .trunks) }
        if named.contains(.delegations) { delegations = try names("id", .delegations) }
    }

    func contain(_ name: String, in table: LedgerTable) -> Bool {
        switch table {
        case .carriers: carriers.contains(name)
        case .customers: customers.contains(name)
        case .trunks: trunks.contains(name)
        case .delegations: delegations.contains(name)
        case .peers, .holdings, .ported, .licences, .approvals, .grants, .listings: false
        }
    }
}

extension RowFault.Reason: Error {}

extension LedgerColumn {
    /// What is kept for a text that is not empty.
    func value(of text: String, _ known: KnownNames) throws(RowFault.Reason) -> DatabaseValue {
        switch kind {
        case .identifier: return try Self.integer(text, in: 1...Int.max, else: .notAnIdentifier)
        case .time: return try Self.time(text)
        case .boolean: return try Self.boolean(text)
        case .portedNumber: return try Self.portedNumber(text)
        default:
            if let reason = fault(text, known) { throw reason }
            if case .reference(.delegations) = kind, let id = Int(text) { return id.databaseValue }
            return text.databaseValue
        }
    }

    private func fault(_ text: String, _ known: KnownNames) -> RowFault.Reason? {
        switch kind {
        case .providerCode: Self.isProviderCode(text) ? nil : .notAProviderCode
        case .countryCode: CountryCode(text) == nil ? .notACountryCode : nil
        case .trunkName: Self.isTrunkName(text) ? nil : .notATrunkName
        case .number: TelephoneNumber(described: text) == nil ? .notANumber : nil
        case .day: LedgerDay(text) == nil ? .notADay : nil
        case .hours: DailyHours(text)?.description == text ? nil : .notHours
        case .scope: Self.isScope(text) ? nil : .notAScope
        case .party: Self.fault(party: text, known)
        case .address: PeerAddress(text) == nil ? .notAnAddress : nil
        case .sharedLists: Set<SharedList>(described: text) == nil ? .notLists : nil
        case .reference(let table): known.contain(text, in: table) ? nil : .unknown(table)
        case .word(let words): words.contains(text) ? nil : .notOneOf(words)
        case .text(let longest): text.unicodeScalars.count > longest ? .tooLong : nil
        case .line(let longest):
            text.unicodeScalars.count > longest ? .tooLong : LedgerAct.isLegible(text) ? nil : .notLegible
        case .identifier, .time, .boolean, .portedNumber: nil
        }
    }

    private static func fault(party text: String, _ known: KnownNames) -> RowFault.Reason? {
        switch Party(text) {
        case nil: .notAParty
        case .carrier(let spc): known.contain(spc, in: .carriers) ? nil : .unknown(.carriers)
        case .customer(let id): known.contain(id, in: .customers) ? nil : .unknown(.customers)
        }
    }

    /// Written without sign or leading zeros, so that it comes back as it went in.
    private static func integer(
        _ text: String, in range: ClosedRange<Int>, else reason: RowFault.Reason
    ) throws(RowFault.Reason) -> DatabaseValue {
        guard let value = Int(text), String(value) == text, range.contains(value) else { throw reason }
        return value.databaseValue
    }

    /// Up to the end of the year 9999.
    private static func time(_ text: String) throws(RowFault.Reason) -> DatabaseValue {
        if let time = LedgerTime(text) { return time.seconds.databaseValue }
        throw .notATime
    }

    private static func boolean(_ text: String) throws(RowFault.Reason) -> DatabaseValue {
        switch text {
        case "true": return 1.databaseValue
        case "false": return 0.databaseValue
        default: throw .notABoolean
        }
    }

    private static func portedNumber(_ text: String) throws(RowFault.Reason) -> DatabaseValue {
        guard case .global(let digits)? = TelephoneNumber(described: text), let value = Int(digits.description) else {
            throw .notGlobal
        }
        return value.databaseValue
    }

    private static func isProviderCode(_ text: String) -> Bool {
        text.utf8.count <= 16
            && text.utf8.allSatisfy {
                $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") || $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")
            }
    }

    private static func isTrunkName(_ text: String) -> Bool {
        text.utf8.count <= 64 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    private static func isScope(_ text: String) -> Bool {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        return words.count <= 64 && Set(words).count == words.count
            && words.allSatisfy { !$0.isEmpty && $0.unicodeScalars.count <= 64 }
    }
}
