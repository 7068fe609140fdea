/// The fourth migration: a list of bad numbers, and which lists are shared with a peer.
///
/// SQLite changes no check of a table that is there, so the table of listings is made anew, with its history in it.
extension LedgerSchema {
    static let fourth = """
        ALTER TABLE listing RENAME TO former_listing;
        CREATE TABLE listing (
            list TEXT NOT NULL CHECK (list IN ('do_not_originate', 'protected', 'bad_number')), \(range),
            source TEXT NOT NULL CHECK (length(source) BETWEEN 1 AND 200),
            \(validity),
            \(versions), \(rangeCheck), CHECK (list <> 'bad_number' OR valid_to IS NOT NULL),
            PRIMARY KEY (list, first, last, valid_from, since)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO listing (list, first, last, source, valid_from, valid_to, since, until)
            SELECT list, first, last, source, valid_from, valid_to, since, until FROM former_listing;
        DROP TABLE former_listing;
        \(rules(of: "listing", key: ["list", "first", "last", "valid_from"], ["source", "valid_to"]))

        ALTER TABLE peer ADD COLUMN takes TEXT \(listsCheck("takes"));
        ALTER TABLE peer ADD COLUMN gives TEXT \(listsCheck("gives"));
        CREATE TRIGGER peer_lists_stay BEFORE UPDATE OF takes, gives ON peer
        BEGIN SELECT RAISE(ABORT, 'peer: history does not change'); END;
        """

    private static func listsCheck(_ column: String) -> String {
        "CHECK (length(\(column)) BETWEEN 1 AND 100 AND \(column) NOT GLOB '*[^a-z_ ]*')"
    }
}
