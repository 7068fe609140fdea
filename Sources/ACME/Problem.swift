internal import Jansson

/// What a server says went wrong (RFC 7807, with the types of RFC 8555 §6.7).
package struct Problem: Hashable, Sendable, CustomStringConvertible {
    /// Without the prefix of ACME's own: `badNonce`.
    package let type: String
    package let detail: String

    static let prefix = "urn:ietf:params:acme:error:"

    package init(type: String, detail: String) {
        self.type = type
        self.detail = detail
    }

    /// Nil if it is not a problem document.
    init?(_ json: borrowing JSON) {
        guard let type = try? json.optionalString("type") else { return nil }
        let own = type.hasPrefix(Self.prefix) ? String(type.dropFirst(Self.prefix.count)) : type
        let detail = (try? json.optionalString("detail")) ?? (try? json.optionalString("title")) ?? ""
        self.init(type: own.printable, detail: detail.printable)
    }

    /// Why an order or a challenge failed.
    init?(errorOf json: borrowing JSON) {
        guard let error = json.member("error") else { return nil }
        self.init(error)
    }

    package var description: String { detail.isEmpty ? type : "\(detail) (\(type))" }
}

extension WebAnswer {
    /// Throws unless it is one object in JSON, in which no name stands twice.
    func json() throws(ACMEFault) -> JSON {
        let json: JSON
        do throws(JSONError) { json = try JSON(parsing: body.span) } catch {
            throw .malformed(place: place.text, reason: "\(error)")
        }
        guard json.kind == .object else { throw .malformed(place: place.text, reason: "not an object") }
        return json
    }

    /// What an answer that is no success comes to.
    var failure: ACMEFault {
        guard let json = try? json(), let problem = Problem(json) else { return .status(place: place.text, status) }
        return .problem(place: place.text, problem)
    }

    /// Asks a JSON value for what it should have.
    func reading<Value>(_ read: () throws(JSONError) -> Value) throws(ACMEFault) -> Value {
        do throws(JSONError) { return try read() } catch { throw .malformed(place: place.text, reason: "\(error)") }
    }
}
