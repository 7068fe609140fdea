internal import Jansson
internal import LibCrypto
internal import PASSporT
package import Statements

/// Who handed this call over to you?
///
/// Each carrier asks the one before it, in its own words and over its own signature: what it knows of the call is that the
/// call came by this circuit, to this number, at this time of its clock. The requester's own question goes along, so that each
/// knows for whom the answer is.
package struct TraceQuestion: Hashable, Sendable {
    /// A UUID, the requester's.
    package var trace: String
    /// The SPC of whoever is asked.
    package var to: String
    /// The name both have for the trunk by which the call came.
    package var circuit: String
    /// As records have them: `+8613800138000`.
    package var called: String
    package var cli: String?
    /// In milliseconds since 1970, by the clock of whoever asks; and how far it may be off.
    package var at: Int
    package var window: Int
    /// SHA-256 of the call's token in hexadecimal, if it had one.
    package var token: String?
    package var isUrgent: Bool
    /// How many carriers have asked before.
    package var hops: Int
    /// Why the call is traced, in the requester's words.
    package var why: String
    /// What else is known of it. In the requester's own question.
    package var incident: Incident
    /// The requester's key, to which is sealed what is for nobody else: an uncompressed point in base64url. In his own question.
    package var key: String?
    /// The requester's own question, in those of the others.
    package var requester: String?

    package static let mostHops = 16, longestWindow = 3_600_000
    package static let longestWhy = 500
    private static let longestCLI = 256

    /// What a switch says a call has shown, if it is no longer than what one may ask by.
    static func shown(_ text: String) -> String? { text.utf8.count <= longestCLI ? text : nil }
    /// With a question of its own around it, it must still be a statement.
    static let longestRequester = 24_576

    package func statement(by carrier: String, at now: Int) -> Statement {
        Statement(.traceQuestion, by: carrier, at: now) { text in
            text.claim("trace", trace)
            text.claim("to", to)
            text.claim("circuit", circuit)
            text.claim("called", called)
            text.claim("cli", cli)
            text.claim("at", at)
            text.claim("window", window)
            text.claim("token", token)
            text.claim("urgent", isUrgent ? 1 : 0)
            text.claim("hops", hops)
            text.claim("why", why)
            incident.write(to: &text)
            text.claim("key", key)
            text.claim("requester", requester)
        }
    }

    /// Nil if it is not what a question is.
    package init?(_ statement: VerifiedStatement) {
        guard statement.kind == .traceQuestion, let claims = try? statement.claims() else { return nil }
        do throws(JSONError) {
            trace = try claims.string("trace")
            to = try claims.string("to")
            circuit = try claims.string("circuit")
            called = try claims.string("called")
            cli = try claims.optionalString("cli")
            at = try claims.integer("at")
            window = try claims.integer("window")
            token = try claims.optionalString("token")
            isUrgent = try claims.integer("urgent") == 1
            hops = try claims.integer("hops")
            why = try claims.string("why")
            incident = try Incident(claims)
            key = try claims.optionalString("key")
            requester = try claims.optionalString("requester")
        } catch { return nil }
        guard Passport.isUUID(trace), circuit.utf8.count <= 64, called.utf8.count <= 64,
            cli.map({ Self.shown($0) != nil }) ?? true, (0...253_402_300_799_999).contains(at),
            (0...Self.longestWindow).contains(window), hops >= 0, why.unicodeScalars.count <= Self.longestWhy,
            incident.isFit, (requester ?? "").utf8.count <= Self.longestRequester
        else { return nil }
    }

    package init(
        trace: String, to: String, circuit: String, called: String, cli: String?, at: Int, window: Int,
        token: String?, isUrgent: Bool, hops: Int, why: String, incident: Incident = Incident(),
        key: String? = nil, requester: String? = nil
    ) {
        (self.trace, self.to, self.circuit, self.called) = (trace, to, circuit, called)
        (self.cli, self.at, self.window, self.token) = (cli, at, window, token)
        (self.isUrgent, self.hops, self.why, self.incident) = (isUrgent, hops, why, incident)
        (self.key, self.requester) = (key, requester)
    }
}

extension JSONText {
    /// One more member, if there is a value.
    mutating func claim(_ name: String, _ value: String?) {
        guard let value else { return }
        raw(",")
        string(name)
        raw(":")
        string(value)
    }

    mutating func claim(_ name: String, _ value: Int?) {
        guard let value else { return }
        raw(",")
        string(name)
        raw(":")
        number(value)
    }
}
