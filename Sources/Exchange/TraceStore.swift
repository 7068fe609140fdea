internal import GRDB
internal import LibCrypto
package import Statements

/// A trace that we have begun.
package struct Trace: Hashable, Sendable {
    package enum State: String, Hashable, Sendable { case new, asked, ended }

    package var id: String
    /// Unix time.
    package var started: Int
    package var by: String
    package var why: String
    /// As records have it.
    package var called: String
    /// In milliseconds since 1970; and how far off it may be.
    package var at: Int
    package var span: Int
    /// What tells the call from others, if something must.
    package var cli: String?
    package var trunk: String?
    package var record: String?
    package var isUrgent: Bool
    package var incident: Incident
    /// How long each carrier has to answer, in seconds, from when it was named.
    package var patience: Int
    package var state = State.new
    package var finding: String?
    /// Our question, once it was asked.
    package var question: SignedStatement?
    package var ended: Int?

    package init(
        id: String, started: Int, by: String, why: String, called: String, at: Int, span: Int, cli: String? = nil,
        trunk: String? = nil, record: String? = nil, isUrgent: Bool,
        incident: Incident = Incident(), patience: Int
    ) {
        (self.id, self.started, self.by, self.why) = (id, started, by, why)
        (self.called, self.at, self.span) = (called, at, span)
        (self.cli, self.trunk, self.record) = (cli, trunk, record)
        (self.isUrgent, self.incident, self.patience) = (isUrgent, incident, patience)
    }

    /// Until when whoever was named at that time may answer. Unix time.
    func deadline(ofNamedAt time: Int) -> Int { time + patience }
}

/// An answer to a trace of ours, as it was signed.
package struct StoredAnswer: Hashable, Sendable {
    package let carrier: String
    package let statement: SignedStatement
    /// What was sealed for us.
    package let disclosure: Disclosure?
    /// Unix time; nil where nobody knows, as in a file.
    package let received: Int?

    package init(carrier: String, statement: SignedStatement, disclosure: Disclosure?, received: Int? = nil) {
        (self.carrier, self.statement, self.disclosure) = (carrier, statement, disclosure)
        self.received = received
    }
}

/// A question of a peer's that has not been answered.
struct OpenQuestion: Sendable {
    let digest: String
    let peer: String
    let received: Int
    let statement: SignedStatement
}

extension ExchangeStore {
    package func begin(_ trace: Trace) throws(ExchangeFault) {
        try write { db in
            try db.execute(
                sql: """
                    INSERT INTO trace (id, started, "by", why, called, at, span, cli, trunk, record, urgent, patience, incident,
                        state)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'new')
                    """,
                arguments: [
                    trace.id, trace.started, trace.by, trace.why, trace.called, trace.at, trace.span, trace.cli,
                    trace.trunk, trace.record, trace.isUrgent, trace.patience, trace.incident.text,
                ])
        }
    }

    /// The newest so many, the newest last; or one.
    package func traces(id: String? = nil, limit: Int = 100) throws(ExchangeFault) -> [Trace] {
        try read { db in try Self.traces("(? IS NULL OR id = ?)", [id, id], limit, db) }
    }

    func traces(in state: Trace.State) throws(ExchangeFault) -> [Trace] {
        try read { db in try Self.traces("state = ?", [state.rawValue], .max, db) }
    }

    private static func traces(
        _ condition: String, _ arguments: StatementArguments, _ limit: Int, _ db: Database
    ) throws -> [Trace] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM trace WHERE \(condition) ORDER BY started DESC, id LIMIT ?",
            arguments: arguments + [limit]
        ).reversed().map { row in try Trace(row) }
    }

    package func answers(to trace: String) throws(ExchangeFault) -> [StoredAnswer] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT carrier, statement, disclosure, received FROM trace_answer WHERE trace = ?",
                arguments: [trace]
            ).map { row in
                StoredAnswer(
                    carrier: try row.decode(atIndex: 0),
                    statement: SignedStatement(unverified: try row.decode(atIndex: 1)),
                    disclosure: try row.decode(String?.self, atIndex: 2).map { Disclosure(text: $0) },
                    received: try row.decode(atIndex: 3))
            }
        }
    }

    /// Our question is on its way, and with it this is what the trace has come to.
    func asked(
        _ trace: String, _ question: SignedStatement, key: String, to peer: String, record: String, at now: Int
    ) throws(ExchangeFault) {
        try write { db in
            try db.execute(
                sql:
                    "UPDATE trace SET state = 'asked', question = ?, key = ?, record = ? WHERE id = ? AND state = 'new'",
                arguments: [question.text, key, record, trace])
            guard db.changesCount == 1 else { return }
            try send(question, .traceQuestion, to: peer, at: now, db)
        }
    }

    /// The key goes: nothing more is sealed for us.
    func end(_ trace: String, _ finding: String, at now: Int) throws(ExchangeFault) {
        try write { db in
            try db.execute(
                sql: "UPDATE trace SET state = 'ended', finding = ?, ended = ?, key = NULL WHERE id = ?",
                arguments: [finding, now, trace])
        }
    }
}

extension ExchangeStore {
    /// Takes a peer's question; it is answered later.
    package func take(
        _ question: TraceQuestion, _ statement: SignedStatement, sequence: Int, from peer: String, at now: Int
    ) throws(ExchangeFault) -> Receipt {
        try take(sequence, from: peer) { db in
            try db.execute(
                sql:
                    "INSERT OR IGNORE INTO trace_question (digest, trace, peer, circuit, statement, received) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [Self.digest(statement), question.trace, peer, question.circuit, statement.text, now])
        }
    }

    /// Takes an answer from further up: it is ours, or goes on to whoever asked what we asked of that peer.
    package func take(
        _ answer: TraceAnswer, by carrier: String, _ statement: SignedStatement, sequence: Int, from peer: String,
        at now: Int
    ) throws(ExchangeFault) -> Receipt {
        try take(sequence, from: peer) { db in
            if let key = try Row.fetchOne(db, sql: "SELECT key FROM trace WHERE id = ?", arguments: [answer.trace]) {
                try Self.keep(answer, by: carrier, statement, key: try key.decode(atIndex: 0), at: now, db)
                return
            }
            let askers = try String.fetchAll(
                db, sql: "SELECT DISTINCT peer FROM trace_question WHERE trace = ? AND onward = ?",
                arguments: [answer.trace, peer])
            for asker in askers {
                // An asker for whom too much waits already must not hold up whoever has answered.
                do { try send(statement, .traceAnswer, to: asker, at: now, db) } catch ExchangeFault.full {}
            }
        }
    }

    /// Of one trace. No way is that long; whoever answers more wants something else.
    private static let mostAnswers = 256

    private static func keep(
        _ answer: TraceAnswer, by carrier: String, _ statement: SignedStatement, key: String?, at now: Int,
        _ db: Database
    ) throws {
        var disclosure: Disclosure?
        if let sealed = answer.customer, let key = try? key.map({ try SigningKey(pem: $0) }) {
            disclosure = Disclosure(opening: sealed, with: key)
        }
        // What does not fit what the carrier has signed is nobody's word.
        if disclosure?.digest != answer.customerDigest { disclosure = nil }
        try db.execute(
            sql: """
                INSERT OR IGNORE INTO trace_answer SELECT ?, ?, ?, ?, ?, ?, ?
                WHERE (SELECT count(*) FROM trace_answer WHERE trace = ?) < \(mostAnswers)
                """,
            arguments: [
                answer.trace, carrier, answer.asker, answer.circuit, statement.text, now, disclosure?.text,
                answer.trace,
            ])
    }

    /// The oldest of each peer's, so that none whose questions cannot be answered keeps those of others waiting.
    func openQuestions() throws(ExchangeFault) -> [OpenQuestion] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT digest, peer, received, statement FROM (
                        SELECT *, row_number() OVER (PARTITION BY peer ORDER BY received) AS place
                        FROM trace_question WHERE answered = 0)
                    WHERE place <= 100 ORDER BY received
                    """
            ).map { row in
                OpenQuestion(
                    digest: try row.decode(atIndex: 0), peer: try row.decode(atIndex: 1),
                    received: try row.decode(atIndex: 2),
                    statement: SignedStatement(unverified: try row.decode(atIndex: 3)))
            }
        }
    }

    /// Whether the same trace has come by the same circuit before: it goes round in a ring. Two peers may have circuits of one
    /// name.
    func isRing(
        _ trace: String, from peer: String, circuit: String, besides digest: String
    ) throws(ExchangeFault) -> Bool {
        try read { db in
            try Bool.fetchOne(
                db,
                sql: """
                    SELECT EXISTS (
                        SELECT 1 FROM trace_question WHERE trace = ? AND peer = ? AND circuit = ? AND digest <> ?)
                    """,
                arguments: [trace, peer, circuit, digest]) ?? false
        }
    }

    /// What peers asked before that is over: whoever asked it has had his answer, or waits no longer.
    package func forgetQuestions(before time: Int) throws(ExchangeFault) {
        try write { db in try db.execute(sql: "DELETE FROM trace_question WHERE received < ?", arguments: [time]) }
    }

    /// How many questions of a peer came since.
    func questions(of peer: String, since time: Int) throws(ExchangeFault) -> Int {
        try read { db in
            try Int.fetchOne(
                db, sql: "SELECT count(*) FROM trace_question WHERE peer = ? AND received >= ?",
                arguments: [peer, time]) ?? 0
        }
    }

    /// The answer goes back, and on to the next carrier goes the question, in one step with the note that it is done.
    func answered(
        _ question: OpenQuestion, _ answer: SignedStatement, asking next: (peer: String, question: SignedStatement)?,
        at now: Int
    ) throws(ExchangeFault) {
        try write { db in
            try db.execute(
                sql:
                    "UPDATE trace_question SET answered = 1, onward = ?, statement = '' WHERE digest = ? AND answered = 0",
                arguments: [next?.peer, question.digest])
            guard db.changesCount == 1 else { return }
            try send(answer, .traceAnswer, to: question.peer, at: now, db)
            if let next { try send(next.question, .traceQuestion, to: next.peer, at: now, db) }
        }
    }

    /// It cannot be answered, and never will be.
    func drop(_ question: OpenQuestion) throws(ExchangeFault) {
        try write { db in
            try db.execute(
                sql: "UPDATE trace_question SET answered = 1, statement = '' WHERE digest = ?",
                arguments: [question.digest])
        }
    }

    private static func digest(_ statement: SignedStatement) -> String {
        let digest: [UInt8] = SHA256.digest(Array(statement.text.utf8).span)
        return Disclosure.base64URL(digest)
    }
}

extension Trace {
    fileprivate init(_ row: Row) throws {
        self.init(
            id: try row.decode(forColumn: "id"), started: try row.decode(forColumn: "started"),
            by: try row.decode(forColumn: "by"), why: try row.decode(forColumn: "why"),
            called: try row.decode(forColumn: "called"), at: try row.decode(forColumn: "at"),
            span: try row.decode(forColumn: "span"), cli: try row.decode(forColumn: "cli"),
            trunk: try row.decode(forColumn: "trunk"), record: try row.decode(forColumn: "record"),
            isUrgent: try row.decode(forColumn: "urgent"),
            incident: Incident(text: try row.decode(forColumn: "incident")),
            patience: try row.decode(forColumn: "patience"))
        state = Trace.State(rawValue: try row.decode(forColumn: "state")) ?? .ended
        finding = try row.decode(forColumn: "finding")
        question = try row.decode(String?.self, forColumn: "question").map { SignedStatement(unverified: $0) }
        ended = try row.decode(forColumn: "ended")
    }
}
