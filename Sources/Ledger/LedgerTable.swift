internal import GRDB

/// What can be imported and exported, in an order in which each table names only those before it.
package enum LedgerTable: String, CaseIterable, Sendable {
    case carriers, peers, holdings, ported, customers, licences, trunks, approvals, delegations, grants, listings

    /// The columns of a file, in the order in which they are exported.
    package var columns: [String] { Self.allColumns[self] ?? [] }

    /// Those of the database have the same names.
    var fields: [LedgerColumn] { Self.allFields[self] ?? [] }

    private static let allColumns = allFields.mapValues { $0.map(\.name) }
    private static let allFields = Dictionary(uniqueKeysWithValues: allCases.map { ($0, $0.makeFields()) })

    private func makeFields() -> [LedgerColumn] {
        switch self {
        case .carriers:
            [
                .required("spc", .providerCode), .required("name", .text(longest: 200)),
                .required("country", .countryCode), .optional("gateway", .boolean, "false"),
                .optional("enrolled_from", .time),
            ]
        case .peers:
            [
                .required("carrier", .reference(.carriers)), .optional("address", .address),
                .optional("state", .word(Peer.State.allCases.map(\.rawValue)), Peer.State.active.rawValue),
                .optional("transit", .boolean, "false"), .optional("contact", .line(longest: 200)),
                .optional("takes", .sharedLists), .optional("gives", .sharedLists),
            ]
        case .holdings: [.required("carrier", .reference(.carriers))] + Self.range
        case .ported: [.required("number", .portedNumber), .required("carrier", .reference(.carriers))]
        case .customers:
            [
                .required("id", .text(longest: 64)), .required("name", .text(longest: 200)),
                .optional("kind", .word(Customer.Kind.allCases.map(\.rawValue)), Customer.Kind.enterprise.rawValue),
                .optional("entity", .text(longest: 64)),
                .optional("industry", .word(Industry.allCases.map(\.rawValue))),
            ]
        case .licences:
            [
                .required("id", .text(longest: 64)), .required("customer", .reference(.customers)),
                .required("scope", .scope), .required("valid_from", .day), .optional("valid_to", .day),
            ]
        case .trunks:
            [
                .required("name", .trunkName), .required("class", .word(TrunkClass.allCases.map(\.rawValue))),
                .optional("state", .word(TrunkState.allCases.map(\.rawValue)), TrunkState.applied.rawValue),
                .optional("customer", .reference(.customers)), .optional("peer", .reference(.carriers)),
                .optional("line", .number), .optional("service", .text(longest: 64)), Self.use,
                .optional("contract", .text(longest: 64)), .optional("enrolled_from", .time),
                .optional("circuit", .trunkName), .optional("handover", .boolean, "false"),
            ]
        case .approvals:
            [
                .required("trunk", .reference(.trunks)), .required("by", .line(longest: LedgerAct.longestBy)),
                .required("at", .time), .optional("why", .line(longest: LedgerAct.longestWhy)),
            ]
        case .delegations:
            [.optional("id", .identifier), .required("delegator", .party), .required("delegate", .party)] + Self.range
                + [.required("purpose", .text(longest: 200))] + Self.validity
                + [.optional("onward", .boolean, "false"), .optional("parent", .identifier)]
        case .grants:
            [.optional("id", .identifier), .required("trunk", .reference(.trunks))] + Self.range
                + [Self.use, .optional("outbound", .boolean, "true"), .optional("hours", .hours)] + Self.validity
                + [.optional("delegation", .reference(.delegations))]
        case .listings:
            [.required("list", .word(Listing.List.allCases.map(\.rawValue)))] + Self.range
                + [.required("source", .text(longest: 200))] + Self.validity
        }
    }

    /// A `last` left empty is `first`.
    private static let range = [LedgerColumn.required("first", .number), .optional("last", .number)]
    private static let use = LedgerColumn.optional("use", .word(TrunkUse.allCases.map(\.rawValue)))
    private static let validity = [LedgerColumn.required("valid_from", .time), .optional("valid_to", .time)]
}

extension LedgerTable {
    var tableName: String {
        switch self {
        case .carriers: "carrier"
        case .peers: "peer"
        case .holdings: "holding"
        case .ported: "ported"
        case .customers: "customer"
        case .licences: "licence"
        case .trunks: "trunk"
        case .approvals: "approval"
        case .delegations: "delegation"
        case .grants: "grant_"
        case .listings: "listing"
        }
    }

    /// There is one row of a key at a time.
    var key: [String] {
        switch self {
        case .carriers: ["spc"]
        case .peers: ["carrier"]
        case .holdings: ["carrier", "first", "last"]
        case .ported: ["number"]
        case .customers, .licences, .delegations, .grants: ["id"]
        case .trunks: ["name"]
        case .approvals: ["trunk", "by", "at"]
        case .listings: ["list", "first", "last", "valid_from"]
        }
    }

    /// Where the ledger gives the key: what tells its rows apart for those who do not know it. It never changes, nor
    /// does anything else but the end, since records name such rows by their id.
    var identity: [String] {
        switch self {
        case .delegations: ["delegator", "delegate", "first", "last", "valid_from"]
        case .grants: ["trunk", "first", "last", "valid_from"]
        default: []
        }
    }

    /// Those whose rows its rows name.
    var namedTables: [LedgerTable] {
        switch self {
        case .carriers, .customers, .listings: []
        case .peers, .holdings, .ported: [.carriers]
        case .licences: [.customers]
        case .trunks: [.customers, .carriers]
        case .approvals: [.trunks]
        case .delegations: [.carriers, .customers]
        case .grants: [.trunks, .delegations]
        }
    }

    /// What a row of this table can be ordered by, so that one ledger has one export.
    var order: String {
        switch self {
        case .holdings: "carrier, length(first), first, length(last), last"
        case .listings: "list, length(first), first, length(last), last, valid_from"
        default: key.map { "\"\($0)\"" }.joined(separator: ", ")
        }
    }

    /// Whether a snapshot takes its changes row by row, and not the whole table.
    var isLarge: Bool {
        switch self {
        case .holdings, .ported, .trunks, .grants: true
        case .carriers, .peers, .customers, .licences, .approvals, .delegations, .listings: false
        }
    }
}
