internal import GRDB

/// The tables and the rules they keep by themselves. A migration, once released, is never edited: the next number is
/// another block.
enum ExchangeSchema {
    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 streams") { db in try db.execute(sql: streams) }
        migrator.registerMigration("2 traces") { db in try db.execute(sql: traces) }
        migrator.registerMigration("3 notices") { db in try db.execute(sql: notices) }
        migrator.registerMigration("4 heads, links") { db in try db.execute(sql: heads) }
        migrator.registerMigration("5 questions by peer") { db in try db.execute(sql: questionsByPeer) }
        migrator.registerMigration("6 shared lists") { db in try db.execute(sql: shares) }
        migrator.registerMigration("7 incidents") { db in try db.execute(sql: incidents) }
        return migrator
    }()

    /// Messages between this carrier and a peer are numbered in each direction from 1, anew whenever one of the two has lost
    /// its data, which is when its instance is another.
    private static let streams = """
        CREATE TABLE own (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            instance TEXT NOT NULL CHECK (length(instance) = 36)
        ) STRICT;

        CREATE TABLE stream (
            peer TEXT PRIMARY KEY NOT NULL,
            -- The peer's instance, once it has been met.
            theirs TEXT CHECK (length(theirs) = 36),
            -- The number of the last message that was to be sent, and of the last that the peer has acknowledged.
            sent INTEGER NOT NULL DEFAULT 0 CHECK (sent >= 0),
            acknowledged INTEGER NOT NULL DEFAULT 0 CHECK (acknowledged BETWEEN 0 AND sent),
            -- The number of the last message of the peer that has taken effect.
            received INTEGER NOT NULL DEFAULT 0 CHECK (received >= 0),
            -- How often the peer was met with its data lost.
            losses INTEGER NOT NULL DEFAULT 0
        ) STRICT;

        CREATE TABLE outgoing (
            peer TEXT NOT NULL REFERENCES stream,
            seq INTEGER NOT NULL CHECK (seq > 0),
            kind TEXT NOT NULL,
            statement TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (peer, seq)
        ) STRICT, WITHOUT ROWID
        """

    private static let traces = """
        -- Those that we have begun.
        CREATE TABLE trace (
            id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36),
            started INTEGER NOT NULL,
            "by" TEXT NOT NULL,
            why TEXT NOT NULL,
            called TEXT NOT NULL,
            at INTEGER NOT NULL,
            span INTEGER NOT NULL,
            cli TEXT,
            trunk TEXT,
            record TEXT,
            urgent INTEGER NOT NULL CHECK (urgent IN (0, 1)),
            -- Unix time until which a carrier that has not answered may.
            deadline INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('new', 'asked', 'ended')),
            -- How it ended.
            finding TEXT,
            -- The private key of what is sealed for us, in PEM.
            key TEXT,
            question TEXT,
            ended INTEGER
        ) STRICT;

        -- Of peers: to be answered, and to whom answers from further up go on.
        CREATE TABLE trace_question (
            digest TEXT PRIMARY KEY NOT NULL,
            trace TEXT NOT NULL,
            peer TEXT NOT NULL,
            circuit TEXT NOT NULL,
            statement TEXT NOT NULL,
            received INTEGER NOT NULL,
            answered INTEGER NOT NULL DEFAULT 0,
            -- Who was asked in turn: his answers, and those that come by him, go on to the peer.
            onward TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX trace_question_of ON trace_question (trace);

        -- Of our traces.
        CREATE TABLE trace_answer (
            trace TEXT NOT NULL REFERENCES trace,
            carrier TEXT NOT NULL,
            asker TEXT NOT NULL,
            circuit TEXT NOT NULL,
            statement TEXT NOT NULL,
            received INTEGER NOT NULL,
            -- What was sealed for us, opened.
            disclosure TEXT,
            -- The first word of a carrier is its word.
            PRIMARY KEY (trace, carrier, asker, circuit)
        ) STRICT, WITHOUT ROWID
        """

    private static let notices = """
        CREATE TABLE notice (
            peer TEXT NOT NULL,
            direction TEXT NOT NULL CHECK (direction IN ('sent', 'received')),
            -- In the order in which they came, from 1 on; the oldest are removed.
            place INTEGER NOT NULL CHECK (place > 0),
            -- When it was signed, in seconds, and the first and the last of its calls, in milliseconds since 1970.
            issued INTEGER NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL CHECK (last >= first),
            calls INTEGER NOT NULL CHECK (calls > 0),
            reason TEXT NOT NULL,
            sip INTEGER NOT NULL,
            circuit TEXT,
            -- Of one call only; where there is none, the calls were counted.
            orig TEXT,
            dest TEXT,
            token TEXT,
            -- Of the carrier that blocked, with spaces between.
            records TEXT NOT NULL,
            contact TEXT,
            PRIMARY KEY (peer, direction, place)
        ) STRICT, WITHOUT ROWID
        """

    private static let heads = """
        CREATE TABLE head (
            peer TEXT NOT NULL,
            -- The peer's newest; one of its that contradicts it; or our own, as the peer holds it.
            of TEXT NOT NULL CHECK (of IN ('peer', 'contradiction', 'own')),
            record TEXT NOT NULL,
            hash TEXT NOT NULL CHECK (length(hash) = 64),
            issued INTEGER NOT NULL,
            statement TEXT NOT NULL,
            PRIMARY KEY (peer, of)
        ) STRICT, WITHOUT ROWID;

        -- How the daemon's link to each peer stands, for whoever asks with the tool.
        CREATE TABLE link (
            peer TEXT PRIMARY KEY NOT NULL,
            at INTEGER NOT NULL,
            state TEXT NOT NULL,
            version TEXT,
            clock_offset INTEGER,
            round_trip INTEGER,
            last_fault TEXT,
            counters TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """

    private static let incidents = """
        ALTER TABLE trace ADD COLUMN incident TEXT NOT NULL DEFAULT '{}';
        -- How long each carrier has to answer, from when it was named; `deadline` is not asked any more.
        ALTER TABLE trace ADD COLUMN patience INTEGER NOT NULL DEFAULT 86400;
        UPDATE trace SET patience = max(deadline - started, 1);
        ALTER TABLE trace DROP COLUMN deadline;
        CREATE INDEX trace_question_at ON trace_question (received)
        """

    private static let questionsByPeer = """
        CREATE INDEX trace_question_by ON trace_question (peer, received);
        CREATE INDEX trace_question_open ON trace_question (peer, received) WHERE answered = 0
        """

    private static let shares = """
        -- What was said of our lists to each peer.
        CREATE TABLE share_feed (
            peer TEXT PRIMARY KEY NOT NULL,
            -- Those that it was told of.
            lists TEXT NOT NULL,
            -- Of the last statement, counted from 1; when that was, and when all of it was said. Unix time.
            number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 9007199254740992),
            said INTEGER NOT NULL CHECK (said >= 0),
            whole INTEGER NOT NULL CHECK (whole >= 0),
            -- How often there was reason to say all of it since.
            due INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE share_told (
            peer TEXT NOT NULL,
            id TEXT NOT NULL CHECK (length(id) = 32),
            ends INTEGER,
            PRIMARY KEY (peer, id)
        ) STRICT, WITHOUT ROWID;

        -- What peers say of theirs.
        CREATE TABLE share_source (
            peer TEXT PRIMARY KEY NOT NULL,
            -- Of its last statement that was taken, and when that was signed.
            number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 9007199254740992),
            issued INTEGER NOT NULL,
            -- Until when its entries count. Unix time.
            until INTEGER NOT NULL DEFAULT 0 CHECK (until BETWEEN 0 AND 253402300799),
            -- Of the whole that is being said: the last part that is here, and how many there will be.
            part INTEGER,
            parts INTEGER CHECK ((parts IS NULL) = (part IS NULL)),
            -- How often its entries have changed.
            changes INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE share_entry (\(sharedEntry)) STRICT, WITHOUT ROWID;
        -- Parts of a whole, until the last one is here.
        CREATE TABLE share_staged (\(sharedEntry)) STRICT, WITHOUT ROWID
        """
    private static let sharedEntry = """
            peer TEXT NOT NULL REFERENCES share_source,
            id TEXT NOT NULL CHECK (length(id) = 32),
            list TEXT NOT NULL,
            first TEXT NOT NULL,
            last TEXT NOT NULL,
            starts INTEGER NOT NULL CHECK (starts >= 0),
            ends INTEGER CHECK (ends > starts AND ends <= 253402300799),
            PRIMARY KEY (peer, id)
        """
}
