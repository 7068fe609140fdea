internal import Jansson
internal import Ledger
internal import NumberPlan
package import Statements

/// Why what a peer says of its lists was not taken.
package enum ShareFault: Error, Hashable, Sendable {
    case notOfPeer(String, peer: String)
    case statement(StatementFault)
    case notJSON(String)
    case tooMany(Int)
    case member(String)
    /// One before it is missing.
    case gap
    /// All there is, as it was before.
    case older
    /// Then only what is withdrawn is taken.
    case full(Int)
}

extension ShareFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notOfPeer(let carrier, let peer): "lists of \(carrier) do not come from \(peer)"
        case .statement(let fault): "\(fault)"
        case .notJSON(let error): "it does not say what is shared: \(error)"
        case .tooMany(let count): "\(count) entries are in one statement, which holds up to \(Share.mostInStatement)"
        case .member(let name): "the \(name) of what is shared is none"
        case .gap: "one before it is missing: nothing new is taken until the peer says all there is"
        case .older: "it says all there was before what is here"
        case .full(let count):
            "with it there are \(count) entries of this peer, of which \(Share.mostEntries) are kept: none was added"
        }
    }
}

/// What a peer says of its lists, in its own name.
package struct PeerShare: Sendable {
    package let peer: String
    /// Seconds since 1970.
    let issuedAt: Int
    package let share: Share

    /// - Parameter peer: whom it came from, and who must have signed it.
    package init(_ statement: VerifiedStatement, from peer: String) throws(ShareFault) {
        guard statement.carrier == peer else { throw .notOfPeer(statement.carrier, peer: peer) }
        self.peer = peer
        issuedAt = statement.issuedAt
        let claims: JSON
        do throws(StatementFault) { claims = try statement.claims() } catch { throw .statement(error) }
        share = try Share(claims)
        // What was verified lies within its certificate's validity, which ends with the year 9999.
        guard issuedAt < share.until, share.until <= issuedAt + Share.longestLease else { throw .member("until") }
    }
}

extension Share {
    private static let highestNumber = 1 << 53

    fileprivate init(_ claims: borrowing JSON) throws(ShareFault) {
        let part: Int?, parts: Int?
        do throws(JSONError) {
            (number, until) = (try claims.integer("number"), try claims.integer("until"))
            (part, parts) = (try claims.optionalInteger("part"), try claims.optionalInteger("parts"))
            withdrawn = claims.contains("withdrawn") ? try claims.strings("withdrawn") : []
        } catch { throw .notJSON("\(error)") }
        guard (1...Self.highestNumber).contains(number) else { throw .member("number") }
        self.part = try Self.part(part, of: parts)
        guard withdrawn.allSatisfy({ $0.isHexadecimal(32) }), self.part == nil || withdrawn.isEmpty else {
            throw .member("withdrawn")
        }
        added = try Self.entries(claims)
        guard added.count + withdrawn.count <= Self.mostInStatement else {
            throw .tooMany(added.count + withdrawn.count)
        }
    }

    private static func part(_ part: Int?, of parts: Int?) throws(ShareFault) -> Part? {
        if part == nil, parts == nil { return nil }
        guard let part, let parts, (1...mostParts).contains(parts), (1...parts).contains(part) else {
            throw .member("part")
        }
        return Part(part: part, parts: parts)
    }

    private static func entries(_ claims: borrowing JSON) throws(ShareFault) -> [SharedEntry] {
        guard let list = claims.member("added") else { return [] }
        guard list.kind == .array else { throw .member("added") }
        guard list.count <= mostInStatement else { throw .tooMany(list.count) }
        var entries: [SharedEntry] = []
        try list.withElements { entry throws(ShareFault) in entries.append(try SharedEntry(entry)) }
        return entries
    }
}

extension SharedEntry {
    fileprivate init(_ json: borrowing JSON) throws(ShareFault) {
        let list: String, first: String, last: String, from: Int, to: Int?
        do throws(JSONError) {
            (list, first) = (try json.string("list"), try json.string("first"))
            last = try json.optionalString("last") ?? first
            (from, to) = (try json.integer("from"), try json.optionalInteger("to"))
        } catch { throw .notJSON("\(error)") }
        guard let list = SharedList(rawValue: list) else { throw .member("list") }
        guard let range = NumberRange(described: first, last) else { throw .member("range") }
        guard (0...LedgerTime.last).contains(from) else { throw .member("from") }
        guard to.map({ from < $0 && $0 <= LedgerTime.last }) ?? (list != .badNumber) else { throw .member("to") }
        self.init(list: list, range: range, from: from, to: to)
    }
}

extension NumberRange {
    /// Of both ends as the ledger writes numbers.
    init?(described first: String, _ last: String) {
        guard let start = TelephoneNumber(described: first), let end = TelephoneNumber(described: last) else {
            return nil
        }
        if start == end {
            self.init(only: start)
        } else {
            self.init(first: start, last: end)
        }
    }
}
