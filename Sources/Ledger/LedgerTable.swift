/// What can be imported and exported, in an order in which each table names only those before it.
package enum LedgerTable: String, CaseIterable, Sendable {
    case carriers, holdings, customers, trunks, grants

    /// The columns of a file, in the order in which they are exported.
    package var columns: [String] {
        switch self {
        case .carriers: ["spc", "name", "country"]
        case .holdings: ["carrier", "first", "last"]
        case .customers: ["id", "name"]
        case .trunks: ["name", "class", "customer", "peer", "line", "enrolled_from"]
        case .grants: ["id", "trunk", "first", "last", "valid_from", "valid_to"]
        }
    }

    /// Those that a file may leave out or empty. A `last` left empty is `first`; a grant's `id` is given by the ledger.
    package var optionalColumns: Set<String> {
        switch self {
        case .carriers, .customers: []
        case .holdings: ["last"]
        case .trunks: ["customer", "peer", "line", "enrolled_from"]
        case .grants: ["id", "last", "valid_to"]
        }
    }

    /// Those that JSON writes as numbers.
    var integerColumns: Set<String> {
        switch self {
        case .carriers, .holdings, .customers: []
        case .trunks: ["enrolled_from"]
        case .grants: ["id", "valid_from", "valid_to"]
        }
    }

    var tableName: String {
        switch self {
        case .carriers: "carrier"
        case .holdings: "holding"
        case .customers: "customer"
        case .trunks: "trunk"
        case .grants: "grant_"
        }
    }

    /// What a row of this table can be ordered by, so that one ledger has one export.
    var order: String {
        switch self {
        case .carriers: "spc"
        case .holdings: "carrier, length(first), first, length(last), last"
        case .customers: "id"
        case .trunks: "name"
        case .grants: "id"
        }
    }

    /// What a row already there keeps, and what the imported one changes.
    var insertion: String {
        switch self {
        case .carriers:
            """
            INSERT INTO carrier (spc, name, country) VALUES (?1, ?2, ?3)
            ON CONFLICT (spc) DO UPDATE SET name = excluded.name, country = excluded.country
            """
        case .holdings:
            "INSERT INTO holding (carrier, first, last) VALUES (?1, ?2, ifnull(?3, ?2)) ON CONFLICT DO NOTHING"
        case .customers:
            "INSERT INTO customer (id, name) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET name = excluded.name"
        case .trunks:
            """
            INSERT INTO trunk (name, class, customer, peer, line, enrolled_from) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (name) DO UPDATE SET class = excluded.class, customer = excluded.customer,
                peer = excluded.peer, line = excluded.line, enrolled_from = excluded.enrolled_from
            """
        case .grants:
            // Records name grants by id: only its end may change.
            """
            INSERT INTO grant_ (id, trunk, first, last, valid_from, valid_to)
            VALUES (?1, ?2, ?3, ifnull(?4, ?3), ?5, ?6)
            ON CONFLICT (id) DO UPDATE SET valid_to = excluded.valid_to
                WHERE excluded.trunk = trunk AND excluded.first = first AND excluded.last = last
                    AND excluded.valid_from = valid_from
            ON CONFLICT (trunk, first, last, valid_from) DO UPDATE SET valid_to = excluded.valid_to
                WHERE excluded.id = id OR ?1 IS NULL
            """
        }
    }
}
