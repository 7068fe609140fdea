internal import Jansson
internal import Records
package import Statements

/// What a peer says of calls of ours that it blocked.
package struct PeerNotices: Sendable {
    package let peer: String
    /// Seconds since 1970.
    let issuedAt: Int
    /// Whom the customer can turn to.
    let contact: String?
    package let notices: [Notice]

    /// How many calls they are about.
    package var count: Int { notices.reduce(0) { $0 + $1.count } }

    /// - Parameter peer: whom it came from, and who must have signed it.
    package init(_ statement: VerifiedStatement, from peer: String) throws(NoticeFault) {
        guard statement.carrier == peer else { throw .notOfPeer(statement.carrier, peer: peer) }
        self.peer = peer
        issuedAt = statement.issuedAt
        let claims: JSON
        do throws(StatementFault) { claims = try statement.claims() } catch { throw .statement(error) }
        do throws(JSONError) { contact = try claims.optionalString("contact") } catch { throw .notJSON(error) }
        guard contact.map({ NoticeText.isFit($0, NoticeText.longestContact) }) ?? true else { throw .member("contact") }
        guard let list = claims.member("notices"), list.kind == .array else { throw .member("notices") }
        guard list.count <= Notice.mostInStatement else { throw .tooMany(list.count) }
        var notices: [Notice] = []
        try list.withElements { notice throws(NoticeFault) in notices.append(try Notice(notice)) }
        self.notices = notices
    }
}

extension Notice {
    fileprivate init(_ json: borrowing JSON) throws(NoticeFault) {
        let fields: NoticeFields
        do throws(JSONError) { fields = try NoticeFields(json) } catch { throw .notJSON(error) }
        try fields.check()
        let records = fields.records.compactMap { RecordID($0) }
        guard records.count == fields.records.count else { throw .member("record") }
        guard fields.isCall else {
            self = .calls(
                BlockedCalls(
                    circuit: fields.circuit, reason: fields.reason, sipCode: fields.sipCode, first: fields.first,
                    last: fields.last, count: fields.count, records: records))
            return
        }
        self = .call(
            BlockedCall(
                record: records[0], at: fields.first, reason: fields.reason, sipCode: fields.sipCode,
                circuit: fields.circuit, orig: fields.orig, dest: fields.dest, tokenDigest: fields.token))
    }
}

/// The members of a notice, before they are looked at.
private struct NoticeFields {
    let isCall: Bool
    let records: [String]
    let first, last, count, sipCode: Int
    let reason, orig, dest: String
    let circuit, token: String?

    /// Those of one statement together do not overflow.
    private static let mostCounted = 1 << 48

    init(_ json: borrowing JSON) throws(JSONError) {
        isCall = json.contains("record")
        if isCall {
            (records, first) = ([try json.string("record")], try json.integer("at"))
            (last, count) = (first, 1)
            (orig, dest) = (try json.string("orig"), try json.string("dest"))
            token = try json.optionalString("token")
        } else {
            (first, last) = (try json.integer("first"), try json.integer("last"))
            (records, count) = (try json.strings("records"), try json.integer("count"))
            (orig, dest, token) = ("", "", nil)
        }
        (reason, sipCode) = (try json.string("reason"), try json.integer("sip"))
        circuit = try json.optionalString("circuit")
    }

    func check() throws(NoticeFault) {
        for (name, text) in [("orig", orig), ("dest", dest), ("reason", reason), ("circuit", circuit ?? "")] {
            guard NoticeText.isFit(text) else { throw .member(name) }
        }
        guard 0 <= first, first <= last, last <= Notice.latest else { throw .member("time") }
        guard (1...Self.mostCounted).contains(count) else { throw .member("count") }
        guard (300...699).contains(sipCode) else { throw .member("sip") }
        guard records.count <= BlockedCalls.mostRecords else { throw .member("records") }
        guard token.map({ $0.isHexadecimal(64) }) ?? true else { throw .member("token") }
    }
}
