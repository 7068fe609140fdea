internal import GRDB

/// The tables and the rules they keep by themselves. A migration, once released, is never edited: the next number is
/// another block.
enum KeySchema {
    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 settings, credentials, history") { db in
            try db.execute(sql: first)
        }
        return migrator
    }()

    private static let first = """
        CREATE TABLE settings (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            base_url TEXT NOT NULL CHECK ((base_url GLOB 'https://?*/' OR base_url GLOB 'http://?*/')
                AND length(base_url) <= 1900),
            private_network INTEGER NOT NULL CHECK (private_network IN (0, 1)),
            anchors TEXT NOT NULL CHECK (anchors GLOB '/*'),
            rotate_days INTEGER NOT NULL CHECK (rotate_days BETWEEN 0 AND 36500),
            two_persons INTEGER NOT NULL CHECK (two_persons IN (0, 1))
        ) STRICT;

        CREATE TABLE credential (
            id TEXT PRIMARY KEY NOT NULL CHECK (length(id) BETWEEN 8 AND 64 AND id NOT GLOB '*[^0-9a-z-]*'),
            state TEXT NOT NULL CHECK (
                state IN ('staged', 'published', 'active', 'retiring', 'retired', 'destroyed', 'revoked')),
            -- Counts the changes of this row: whoever changes it names the count he has seen.
            epoch INTEGER NOT NULL CHECK (epoch >= 0),
            -- The name of a file in keys/, or a pkcs11: URI.
            key TEXT NOT NULL UNIQUE CHECK (length(key) BETWEEN 1 AND 2048),
            -- A key for each certificate, and a URL for each, are never used again (RFC 8224 §7.4).
            public_key BLOB NOT NULL UNIQUE CHECK (length(public_key) = 65),
            url TEXT NOT NULL UNIQUE,
            -- PEM, the leaf first, without the root.
            chain TEXT UNIQUE,
            not_before INTEGER,
            not_after INTEGER CHECK (not_after >= not_before),
            staged_by TEXT NOT NULL CHECK (length(staged_by) BETWEEN 1 AND 200),
            approved_by TEXT CHECK (approved_by <> staged_by AND length(approved_by) BETWEEN 1 AND 200),
            -- Unix time from which everything that follows its activation was done.
            settled INTEGER,
            key_destroyed INTEGER,
            withdrawn INTEGER,
            CHECK ((chain IS NULL) = (not_before IS NULL) AND (chain IS NULL) = (not_after IS NULL)),
            CHECK (chain IS NOT NULL OR state IN ('staged', 'destroyed', 'revoked')),
            CHECK (key_destroyed IS NULL OR state IN ('retiring', 'retired', 'destroyed', 'revoked')),
            CHECK (withdrawn IS NULL OR state IN ('retired', 'destroyed', 'revoked')),
            CHECK (state <> 'destroyed' OR key_destroyed IS NOT NULL)
        ) STRICT;

        CREATE UNIQUE INDEX one_active ON credential (state) WHERE state = 'active';
        CREATE UNIQUE INDEX one_candidate ON credential (state IN ('staged', 'published'))
            WHERE state IN ('staged', 'published');

        CREATE TRIGGER credential_begins_staged BEFORE INSERT ON credential WHEN NEW.state <> 'staged'
        BEGIN SELECT RAISE(ABORT, 'a credential begins staged'); END;

        -- INSERT OR REPLACE would delete without a trigger.
        CREATE TRIGGER credential_is_not_replaced BEFORE INSERT ON credential
        WHEN EXISTS (SELECT 1 FROM credential
            WHERE id = NEW.id OR key = NEW.key OR public_key = NEW.public_key OR url = NEW.url)
        BEGIN SELECT RAISE(ABORT, 'a key and a URL are used once'); END;

        CREATE TRIGGER credential_goes_forward BEFORE UPDATE OF state ON credential
        WHEN OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN (
            'staged>published', 'staged>destroyed', 'staged>revoked',
            'published>active', 'published>retired', 'published>revoked',
            'active>retiring', 'active>revoked', 'retiring>retired', 'retiring>revoked', 'retired>destroyed')
        BEGIN SELECT RAISE(ABORT, 'no such change of state'); END;

        CREATE TRIGGER credential_keeps_what_it_is
        BEFORE UPDATE OF id, key, public_key, url, chain, not_before, not_after, staged_by ON credential
        WHEN OLD.id <> NEW.id OR OLD.key <> NEW.key OR OLD.public_key <> NEW.public_key OR OLD.url <> NEW.url
            OR OLD.staged_by <> NEW.staged_by
            OR OLD.chain IS NOT NULL AND (NEW.chain IS NOT OLD.chain OR NEW.not_before <> OLD.not_before
                OR NEW.not_after <> OLD.not_after)
        BEGIN SELECT RAISE(ABORT, 'what a credential is does not change'); END;

        CREATE TRIGGER credential_is_changed_by_epoch BEFORE UPDATE ON credential WHEN NEW.epoch <> OLD.epoch + 1
        BEGIN SELECT RAISE(ABORT, 'a change counts the epoch on'); END;

        CREATE TRIGGER credential_stays BEFORE DELETE ON credential
        BEGIN SELECT RAISE(ABORT, 'a credential is never forgotten'); END;

        CREATE TABLE history (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL CHECK (at BETWEEN 0 AND 253402300799),
            who TEXT NOT NULL CHECK (length(who) BETWEEN 1 AND 200),
            why TEXT NOT NULL CHECK (length(why) BETWEEN 1 AND 1000),
            step TEXT NOT NULL CHECK (length(step) BETWEEN 1 AND 64),
            credential TEXT REFERENCES credential (id),
            from_state TEXT,
            to_state TEXT
        ) STRICT;

        CREATE TRIGGER history_is_not_replaced BEFORE INSERT ON history
        WHEN EXISTS (SELECT 1 FROM history WHERE seq = NEW.seq)
        BEGIN SELECT RAISE(ABORT, 'history is only added to'); END;

        CREATE TRIGGER history_is_not_changed BEFORE UPDATE ON history
        BEGIN SELECT RAISE(ABORT, 'history is only added to'); END;

        CREATE TRIGGER history_is_not_deleted BEFORE DELETE ON history
        BEGIN SELECT RAISE(ABORT, 'history is only added to'); END;
        """
}
