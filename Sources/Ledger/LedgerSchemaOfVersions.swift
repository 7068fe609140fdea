/// The second migration: each table keeps all versions of its rows. `since` is the version that brought one, `until` the
/// version that ended it, so that a past ledger is what was there then.
///
/// A key is the beginning of the primary key, without another index: ten million ported numbers must stay small. What an
/// index over some rows would keep, that there is one current row of a key, a trigger keeps.
extension LedgerSchema {
    static let second = """
        -- A row for each change; its version is that of the ledger after it.
        CREATE TABLE change (
            version INTEGER PRIMARY KEY CHECK (version > 0),
            at INTEGER NOT NULL \(timeCheck("at")),
            "by" TEXT NOT NULL CHECK (length("by") BETWEEN 1 AND 64),
            why TEXT NOT NULL CHECK (length(why) BETWEEN 1 AND 200)
        ) STRICT;

        -- One row while a change is being made, none when it is committed: nothing is written outside of one.
        CREATE TABLE opened (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            version INTEGER NOT NULL
        ) STRICT;

        -- How many rows of a table a change touched. Of bulk changes it is not written which.
        CREATE TABLE changed (
            version INTEGER NOT NULL, tab TEXT NOT NULL, rows INTEGER NOT NULL CHECK (rows > 0),
            bulk INTEGER NOT NULL CHECK (bulk IN (0, 1)),
            PRIMARY KEY (version, tab)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE touched (
            version INTEGER NOT NULL, tab TEXT NOT NULL, key TEXT NOT NULL,
            PRIMARY KEY (version, tab, key)
        ) STRICT, WITHOUT ROWID;

        -- The highest ids that were given before there was a history: rows deleted then left no trace, but records name them.
        CREATE TABLE given (
            tab TEXT PRIMARY KEY NOT NULL, id INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE carrier (
            spc TEXT NOT NULL CHECK (length(spc) BETWEEN 1 AND 16 AND spc NOT GLOB '*[^A-Z0-9]*'),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
            country TEXT NOT NULL CHECK (length(country) <= 3 AND country GLOB '[1-9]*' AND country NOT GLOB '*[^0-9]*'),
            gateway INTEGER NOT NULL CHECK (gateway IN (0, 1)),
            enrolled_from INTEGER \(timeCheck("enrolled_from")),
            \(versions), PRIMARY KEY (spc, since)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE holding (
            carrier TEXT NOT NULL, \(range),
            \(versions), \(rangeCheck), PRIMARY KEY (carrier, first, last, since)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE ported (
            number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 999999999999999),
            carrier TEXT NOT NULL,
            \(versions), PRIMARY KEY (number, since)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE customer (
            id TEXT NOT NULL CHECK (length(id) BETWEEN 1 AND 64),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
            kind TEXT NOT NULL CHECK (kind IN ('enterprise', 'authority', 'call_centre', 'seat_rental', 'agency_service',
                'agency_marketing')),
            entity TEXT CHECK (length(entity) BETWEEN 1 AND 64),
            industry TEXT CHECK (industry IN ('loan_wealth', 'real_estate', 'education', 'securities', 'insurance',
                'recruitment', 'housekeeping', 'maternal_health', 'visa', 'medical_beauty', 'health_food', 'travel',
                'retail', 'debt_collection', 'telecom_own', 'other')),
            \(versions), PRIMARY KEY (id, since)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE licence (
            id TEXT NOT NULL CHECK (length(id) BETWEEN 1 AND 64),
            customer TEXT NOT NULL,
            scope TEXT NOT NULL CHECK (length(scope) > 0),
            valid_from TEXT NOT NULL \(dayCheck("valid_from")),
            valid_to TEXT \(dayCheck("valid_to")),
            \(versions), CHECK (valid_to >= valid_from), PRIMARY KEY (id, since)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE trunk (
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64 AND name NOT GLOB '*[^!-~]*'),
            class TEXT NOT NULL CHECK (class IN ('enterprise', 'access', 'interconnect', 'international')),
            state TEXT NOT NULL CHECK (state IN ('applied', 'reviewed', 'active', 'suspended', 'shut')),
            customer TEXT,
            peer TEXT,
            line TEXT \(numberCheck("line")),
            service TEXT CHECK (length(service) BETWEEN 1 AND 64),
            \(use),
            contract TEXT CHECK (length(contract) BETWEEN 1 AND 64),
            enrolled_from INTEGER \(timeCheck("enrolled_from")),
            \(versions), PRIMARY KEY (name, since)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE approval (
            trunk TEXT NOT NULL,
            "by" TEXT NOT NULL CHECK (length("by") BETWEEN 1 AND 64),
            at INTEGER NOT NULL \(timeCheck("at")),
            why TEXT CHECK (length(why) BETWEEN 1 AND 200),
            \(versions), PRIMARY KEY (trunk, "by", at, since)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE delegation (
            id INTEGER NOT NULL CHECK (id > 0),
            delegator TEXT NOT NULL \(partyCheck("delegator")),
            delegate TEXT NOT NULL \(partyCheck("delegate")),
            \(range),
            purpose TEXT NOT NULL CHECK (length(purpose) BETWEEN 1 AND 200),
            \(validity),
            onward INTEGER NOT NULL CHECK (onward IN (0, 1)),
            parent INTEGER,
            \(versions), \(rangeCheck), CHECK (delegator <> delegate), CHECK (parent <> id), PRIMARY KEY (id, since)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE grant_ (
            id INTEGER NOT NULL CHECK (id > 0),
            trunk TEXT NOT NULL, \(range),
            \(use),
            outbound INTEGER NOT NULL CHECK (outbound IN (0, 1)),
            hours TEXT CHECK (length(hours) BETWEEN 11 AND 200),
            \(validity),
            delegation INTEGER,
            \(versions), \(rangeCheck), PRIMARY KEY (id, since)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX grant_of_trunk ON grant_ (trunk, first, last, valid_from);

        CREATE TABLE listing (
            list TEXT NOT NULL CHECK (list IN ('do_not_originate', 'protected')), \(range),
            source TEXT NOT NULL CHECK (length(source) BETWEEN 1 AND 200),
            \(validity),
            \(versions), \(rangeCheck), PRIMARY KEY (list, first, last, valid_from, since)
        ) STRICT, WITHOUT ROWID;
        """

    static let versions =
        "since INTEGER NOT NULL CHECK (since > 0), until INTEGER CHECK (until > since)"
    static let range =
        "first TEXT NOT NULL \(numberCheck("first")), last TEXT NOT NULL \(numberCheck("last"))"
    static let validity = """
        valid_from INTEGER NOT NULL \(timeCheck("valid_from")),
        valid_to INTEGER CHECK (valid_to > valid_from AND valid_to <= 253402300799)
        """

    private static let use = """
        use TEXT CHECK (use IN ('hotline', 'service', 'call_back', 'marketing', 'notification', 'private', 'carrier'))
        """

    private static func timeCheck(_ column: String) -> String {
        "CHECK (\"\(column)\" BETWEEN 0 AND 253402300799)"
    }

    private static func dayCheck(_ column: String) -> String {
        "CHECK (\(column) GLOB '[1-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]')"
    }

    private static func partyCheck(_ column: String) -> String {
        "CHECK (\(column) GLOB 'carrier:?*' OR \(column) GLOB 'customer:?*')"
    }
}

extension LedgerSchema {
    static let renaming = ["carrier", "holding", "customer", "trunk", "grant_", "ledger"]
        .map { "ALTER TABLE \($0) RENAME TO former_\($0);" }.joined(separator: "\n")

    /// What is there is there since the version that the ledger has, and with it the history begins. Nobody was asked for a
    /// trunk's state or service before.
    static let carryingOver = """
        INSERT INTO opened SELECT 1, max(version, 1) FROM former_ledger
            WHERE version > 0 OR EXISTS (SELECT 1 FROM former_carrier) OR EXISTS (SELECT 1 FROM former_customer);
        INSERT INTO change SELECT version, unixepoch(), 'countersign', 'carried over from a ledger without history'
            FROM opened;
        INSERT INTO carrier SELECT spc, former_carrier.name, country, 0, NULL, version, NULL FROM former_carrier, opened;
        INSERT INTO holding SELECT carrier, first, last, version, NULL FROM former_holding, opened;
        INSERT INTO customer
            SELECT former_customer.id, name, 'enterprise', NULL, NULL, version, NULL FROM former_customer, opened;
        INSERT INTO trunk
            SELECT name, class, 'active', customer, peer, line, NULL, NULL, NULL, enrolled_from, version, NULL
            FROM former_trunk, opened;
        INSERT INTO grant_
            SELECT former_grant_.id, trunk, first, last, NULL, 1, NULL, valid_from, valid_to, NULL, version, NULL
            FROM former_grant_, opened;
        INSERT INTO given SELECT 'grants', seq FROM sqlite_sequence WHERE name = 'former_grant_';
        INSERT INTO changed SELECT version, 'carriers', count(*), 1 FROM carrier, opened GROUP BY version;
        INSERT INTO changed SELECT version, 'holdings', count(*), 1 FROM holding, opened GROUP BY version;
        INSERT INTO changed SELECT version, 'customers', count(*), 1 FROM customer, opened GROUP BY version;
        INSERT INTO changed SELECT version, 'trunks', count(*), 1 FROM trunk, opened GROUP BY version;
        INSERT INTO changed SELECT version, 'grants', count(*), 1 FROM grant_, opened GROUP BY version;
        DELETE FROM opened;
        DROP TABLE former_grant_; DROP TABLE former_trunk; DROP TABLE former_customer; DROP TABLE former_holding;
        DROP TABLE former_carrier; DROP TABLE former_ledger;
        """
}

extension LedgerSchema {
    static let rulesOfRows = [
        rules(of: "carrier", key: ["spc"], ["name", "country", "gateway", "enrolled_from"]),
        rules(of: "holding", key: ["carrier", "first", "last"], []),
        rules(of: "ported", key: ["number"], ["carrier"]),
        rules(of: "customer", key: ["id"], ["name", "kind", "entity", "industry"]),
        rules(of: "licence", key: ["id"], ["customer", "scope", "valid_from", "valid_to"]),
        rules(
            of: "trunk", key: ["name"],
            ["class", "state", "customer", "peer", "line", "service", "use", "contract", "enrolled_from"]),
        rules(of: "approval", key: ["trunk", "by", "at"], ["why"]),
        rules(
            of: "delegation", key: ["id"],
            ["delegator", "delegate", "first", "last", "purpose", "valid_from", "valid_to", "onward", "parent"]),
        rules(
            of: "grant_", key: ["id"],
            ["trunk", "first", "last", "use", "outbound", "hours", "valid_from", "valid_to", "delegation"]),
        rules(of: "listing", key: ["list", "first", "last", "valid_from"], ["source", "valid_to"]),
        rulesOfIds("delegation", ["delegator", "delegate", "first", "last", "valid_from"]),
        rulesOfIds("grant_", ["trunk", "first", "last", "valid_from"]),
    ].joined(separator: "\n")

    /// A row comes with the change that is being made, and may be ended by another; nothing else happens to it, ever.
    static func rules(of table: String, key: [String], _ others: [String]) -> String {
        """
        CREATE TRIGGER \(table)_begins BEFORE INSERT ON \(table)
        WHEN NEW.until IS NOT NULL OR NEW.since IS NOT (SELECT version FROM opened)
        BEGIN SELECT RAISE(ABORT, '\(table): rows come only with a change'); END;
        CREATE TRIGGER \(table)_is_one BEFORE INSERT ON \(table)
        WHEN EXISTS (SELECT 1 FROM \(table) WHERE \(sameAsNew(key)) AND until IS NULL)
        BEGIN SELECT RAISE(ABORT, '\(table): one row of a key at a time'); END;
        CREATE TRIGGER \(table)_stays BEFORE UPDATE OF \((key + others + ["since"]).map { "\"\($0)\"" }
            .joined(separator: ", ")) ON \(table)
        BEGIN SELECT RAISE(ABORT, '\(table): history does not change'); END;
        CREATE TRIGGER \(table)_ends BEFORE UPDATE OF until ON \(table)
        WHEN OLD.until IS NOT NULL OR NEW.until IS NULL OR NEW.until IS NOT (SELECT version FROM opened)
        BEGIN SELECT RAISE(ABORT, '\(table): rows end once, and with a change'); END;
        CREATE TRIGGER \(table)_is_kept BEFORE DELETE ON \(table)
        BEGIN SELECT RAISE(ABORT, '\(table): history does not change'); END;
        """
    }

    private static func rulesOfIds(_ table: String, _ identity: [String]) -> String {
        """
        CREATE TRIGGER \(table)_keeps_its_id BEFORE INSERT ON \(table)
        WHEN EXISTS (SELECT 1 FROM \(table) WHERE id = NEW.id AND NOT (\(sameAsNew(identity))))
        BEGIN SELECT RAISE(ABORT, '\(table): an id is given once'); END;
        CREATE TRIGGER \(table)_has_one_id BEFORE INSERT ON \(table)
        WHEN EXISTS (SELECT 1 FROM \(table) WHERE \(sameAsNew(identity)) AND until IS NULL)
        BEGIN SELECT RAISE(ABORT, '\(table): it is there under another id'); END;
        """
    }

    private static func sameAsNew(_ columns: [String]) -> String {
        columns.map { "\"\($0)\" = NEW.\"\($0)\"" }.joined(separator: " AND ")
    }

    static let rulesOfChanges =
        """
        CREATE TRIGGER opened_is_next BEFORE INSERT ON opened
        WHEN NEW.version IS NOT (SELECT ifnull(max(version), 0) + 1 FROM change)
        BEGIN SELECT RAISE(ABORT, 'versions follow each other'); END;
        CREATE TRIGGER opened_stays BEFORE UPDATE ON opened
        BEGIN SELECT RAISE(ABORT, 'versions follow each other'); END;
        CREATE TRIGGER change_is_not_earlier BEFORE INSERT ON change
        WHEN NEW.at < (SELECT at FROM change ORDER BY version DESC LIMIT 1)
        BEGIN SELECT RAISE(ABORT, 'changes follow each other'); END;
        """
        + ["change", "changed", "touched"].map { name in
            """

            CREATE TRIGGER \(name)_begins BEFORE INSERT ON \(name)
            WHEN NEW.version IS NOT (SELECT version FROM opened)
            BEGIN SELECT RAISE(ABORT, '\(name): rows come only with a change'); END;
            CREATE TRIGGER \(name)_stays BEFORE UPDATE ON \(name)
            BEGIN SELECT RAISE(ABORT, '\(name): history does not change'); END;
            CREATE TRIGGER \(name)_is_kept BEFORE DELETE ON \(name)
            BEGIN SELECT RAISE(ABORT, '\(name): history does not change'); END;
            """
        }.joined()
}
