package import Jansson

/// A request's id, given back as it came: `"1"` and `1` are two ids (NET-06).
package enum RequestID: Hashable, Sendable {
    case integer(Int)
    case string(String)

    /// An answer repeats the id, and must stay short. In bytes.
    static let longest = 256
}

/// One message, read as JSON-RPC 2.0 as our profile has it (NET-05…07).
package enum Envelope: Equatable {
    case request(RequestID, SwitchRequest)
    /// The id is known, so the error can be answered in any framing.
    case refused(RequestID, RPCError)
    /// Without an id, or with `"id":null` as OpenSIPS writes it. Nobody waits for an answer.
    case notification
    /// No id to answer to: JSON streams get `"id":null`, netstring connections nothing, since clients built on
    /// Kamailio's jsonrpcc do not survive such an answer.
    case unanswerable(RPCError)

    package init(parsing text: Span<UInt8>, limits: JSONLimits = .message) {
        if text.count <= min(limits.bytes, limits.stringBytes), limits.depth >= PlainRequest.depth,
            let (id, request) = PlainRequest.read(text)
        {
            self = .request(id, request)
        } else {
            self.init(parsingAsTree: text, limits: limits)
        }
    }

    /// By jansson, whatever the text looks like.
    package init(parsingAsTree text: Span<UInt8>, limits: JSONLimits = .message) {
        do throws(JSONError) {
            self.init(try JSON(parsing: text, limits: limits))
        } catch {
            self = .unanswerable(.parseError)
        }
    }

    private init(_ message: borrowing JSON) {
        guard message.kind == .object else {
            self = .unanswerable(.invalidRequest)
            return
        }
        let id: RequestID?
        switch message.kind(of: "id") {
        case .integer: id = (try? message.integer("id")).map { .integer($0) }
        case .string:
            guard let name = try? message.string("id"), name.utf8.count <= RequestID.longest else { fallthrough }
            id = .string(name)
        case .real, .boolean, .object, .array:
            self = .unanswerable(.invalidRequest)
            return
        case nil, .null: id = nil
        }
        do throws(RPCError) {
            let method = try Self.method(message)
            guard let id else {
                self = .notification
                return
            }
            self = .request(id, try SwitchRequest(method, message))
        } catch {
            self = id.map { .refused($0, error) } ?? .unanswerable(error)
        }
    }

    private static func method(_ message: borrowing JSON) throws(RPCError) -> String {
        guard (try? message.string("jsonrpc")) == "2.0", let method = try? message.string("method") else {
            throw .invalidRequest
        }
        switch message.kind(of: "params") {
        case nil, .object: return method
        default: throw .invalidRequest
        }
    }
}

extension SwitchRequest {
    fileprivate init(_ method: String, _ message: borrowing JSON) throws(RPCError) {
        switch method {
        case "sign": self = .sign(try SignRequest(try Self.params(of: message)))
        case "verify": self = .verify(try VerifyRequest(try Self.params(of: message)))
        case "ping": self = .ping
        default: throw .methodNotFound
        }
    }

    private static func params(of message: borrowing JSON) throws(RPCError) -> JSON {
        do throws(JSONError) {
            return try message.object("params")
        } catch {
            throw .invalidParams(field: "params")
        }
    }
}

extension SignRequest {
    fileprivate init(_ params: borrowing JSON) throws(RPCError) {
        orig = try params.number("orig")
        dest = try params.numbers("dest")
        isRestricted = try params.isRestricted()
        attest = try params.text("attest")
        guard Self.isAttestation(attest) else { throw .invalidParams(field: "attest") }
        origid = try params.text("origid")
        iat = try params.whole("iat")
        date = try params.text("date")
        trunk = try params.text("trunk")
        egress = try params.text("egress")
        call = try params.text("call")
    }
}

extension VerifyRequest {
    /// A verify without `orig` or `dest` is refused, never judged without the comparison: a switch drops a member
    /// whose bytes are not UTF-8, and an attacker chooses those bytes.
    fileprivate init(_ params: borrowing JSON) throws(RPCError) {
        identity = try params.identities()
        orig = try params.number("orig")
        dest = try params.numbers("dest")
        isRestricted = try params.isRestricted()
        date = try params.text("date")
        trunk = try params.text("trunk")
        egress = try params.text("egress")
        call = try params.text("call")
    }
}

extension JSON {
    /// `"tn"` or `{"tn":"…"}`.
    fileprivate func number(_ name: StaticString) throws(RPCError) -> String {
        do throws(JSONError) {
            return kind(of: name) == .object ? try object(name).string("tn") : try string(name)
        } catch {
            throw .invalidParams(field: "\(name)")
        }
    }

    /// `"tn"`, `["tn",…]`, `{"tn":"…"}` or `{"tn":["…",…]}`, at least one.
    fileprivate func numbers(_ name: StaticString) throws(RPCError) -> [String] {
        let numbers: [String]
        do throws(JSONError) {
            numbers = kind(of: name) == .object ? try object(name).oneOrMore("tn") : try oneOrMore(name)
        } catch {
            throw .invalidParams(field: "\(name)")
        }
        guard (1...SwitchRequest.mostNumbers).contains(numbers.count) else { throw .invalidParams(field: "\(name)") }
        return numbers
    }

    fileprivate func isRestricted() throws(RPCError) -> Bool {
        guard let isRestricted = SwitchRequest.isRestricted(try text("presentation")) else {
            throw .invalidParams(field: "presentation")
        }
        return isRestricted
    }

    fileprivate func identities() throws(RPCError) -> [String] {
        guard contains("identity") else { return [] }
        do throws(JSONError) {
            return try oneOrMore("identity")
        } catch {
            throw .invalidParams(field: "identity")
        }
    }

    private func oneOrMore(_ name: StaticString) throws(JSONError) -> [String] {
        kind(of: name) == .array ? try strings(name) : [try string(name)]
    }

    fileprivate func text(_ name: StaticString) throws(RPCError) -> String? {
        do throws(JSONError) {
            return try optionalString(name)
        } catch {
            throw .invalidParams(field: "\(name)")
        }
    }

    fileprivate func whole(_ name: StaticString) throws(RPCError) -> Int? {
        do throws(JSONError) {
            return try optionalInteger(name)
        } catch {
            throw .invalidParams(field: "\(name)")
        }
    }
}
