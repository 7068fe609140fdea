internal import GRDB

/// The tables and the rules they keep by themselves. A migration, once released, is never edited: the next number is
/// another block.
enum LedgerSchema {
    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 carriers, customers, trunks, grants") { db in
            try db.execute(sql: first)
        }
        migrator.registerMigration("2 versions of rows; licences, approvals, delegations, ported numbers, lists") {
            db in
            try db.execute(sql: renaming)
            try db.execute(sql: second)
            try db.execute(sql: carryingOver)
            try db.execute(sql: rulesOfRows)
            try db.execute(sql: rulesOfChanges)
        }
        migrator.registerMigration("3 peers, and the assertions of trunks handed over to them") { db in
            try db.execute(sql: third)
        }
        migrator.registerMigration("4 bad numbers, and the lists that are shared with peers") { db in
            try db.execute(sql: fourth)
        }
        return migrator
    }()

    private static let first = """
        CREATE TABLE ledger (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            version INTEGER NOT NULL CHECK (version >= 0)
        ) STRICT;
        INSERT INTO ledger (id, version) VALUES (1, 0);

        CREATE TABLE carrier (
            spc TEXT PRIMARY KEY NOT NULL CHECK (length(spc) BETWEEN 1 AND 16 AND spc NOT GLOB '*[^A-Z0-9]*'),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
            country TEXT NOT NULL CHECK (length(country) <= 3 AND country GLOB '[1-9]*' AND country NOT GLOB '*[^0-9]*')
        ) STRICT;

        CREATE TABLE holding (
            id INTEGER PRIMARY KEY,
            carrier TEXT NOT NULL REFERENCES carrier (spc),
            first TEXT NOT NULL \(numberCheck("first")),
            last TEXT NOT NULL \(numberCheck("last")),
            \(rangeCheck),
            UNIQUE (carrier, first, last)
        ) STRICT;

        CREATE TABLE customer (
            id TEXT PRIMARY KEY NOT NULL CHECK (length(id) BETWEEN 1 AND 64),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200)
        ) STRICT;

        CREATE TABLE trunk (
            name TEXT PRIMARY KEY NOT NULL CHECK (length(name) BETWEEN 1 AND 64 AND name NOT GLOB '*[^!-~]*'),
            class TEXT NOT NULL CHECK (class IN ('enterprise', 'access', 'interconnect', 'international')),
            customer TEXT REFERENCES customer (id),
            peer TEXT REFERENCES carrier (spc),
            line TEXT \(numberCheck("line")),
            enrolled_from INTEGER CHECK (enrolled_from BETWEEN 0 AND 253402300799)
        ) STRICT;

        -- Records name trunks: what a name meant must not change.
        CREATE TRIGGER trunk_name_is_immutable BEFORE UPDATE OF name ON trunk WHEN OLD.name <> NEW.name
        BEGIN SELECT RAISE(ABORT, 'a trunk cannot be renamed'); END;

        -- AUTOINCREMENT, because records name grants: a number is not given twice.
        CREATE TABLE grant_ (
            id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
            trunk TEXT NOT NULL REFERENCES trunk (name),
            first TEXT NOT NULL \(numberCheck("first")),
            last TEXT NOT NULL \(numberCheck("last")),
            valid_from INTEGER NOT NULL CHECK (valid_from BETWEEN 0 AND 253402300799),
            valid_to INTEGER CHECK (valid_to > valid_from AND valid_to <= 253402300799),
            \(rangeCheck),
            UNIQUE (trunk, first, last, valid_from)
        ) STRICT;
        """

    /// `+` and at most 15 digits, the first not 0; or a country code, `:` and at most 20 characters of `0-9 * #`.
    static func numberCheck(_ column: String) -> String {
        """
        CHECK (
            (\(column) GLOB '+[1-9]*' AND substr(\(column), 2) NOT GLOB '*[^0-9]*' AND length(\(column)) <= 16)
            OR ((\(column) GLOB '[1-9]:?*' OR \(column) GLOB '[1-9][0-9]:?*' OR \(column) GLOB '[1-9][0-9][0-9]:?*')
                AND substr(\(column), instr(\(column), ':') + 1) NOT GLOB '*[^0-9*#]*'
                AND length(\(column)) - instr(\(column), ':') <= 20))
        """
    }

    /// One kind, country and length; in order; with `*` or `#` no more than one number.
    static let rangeCheck = """
        CHECK (
            first = last
            OR (substr(first, 1, instr(first, ':')) = substr(last, 1, instr(last, ':'))
                AND length(first) = length(last) AND first < last
                AND first NOT GLOB '*[*#]*' AND last NOT GLOB '*[*#]*'))
        """
}
