internal import Jansson
internal import NIOCore
internal import TrunkProtocol

/// What one end says of itself when a connection begins.
package struct Hello: Hashable, Sendable {
    /// What it knows of the other end's data, and how many of its numbered messages have taken effect.
    package struct Known: Hashable, Sendable {
        package let instance: String
        package let received: Int

        package init(instance: String, received: Int) { (self.instance, self.received) = (instance, received) }
    }

    package let version: LinkVersion
    package let carrier: String
    /// Of its data, for as long as that lives.
    package let instance: String
    /// Of its process.
    package let boot: String
    package let capabilities: [String]
    /// In milliseconds since 1970.
    package let clock: Int
    package let known: Known?
    /// The newest signed head of the other end's evidence that it has.
    package let heldHead: String?
}

/// What one end asks of the other.
enum LinkRequest {
    case hello(Hello)
    case ping(clock: Int, head: String?)
    /// `kind` is the method.
    case numbered(kind: String, sequence: Int, statement: String)
    case assert([AssertedCall])
}

/// A message that came in.
enum LinkMessage {
    case request(Int, LinkRequest)
    /// Of a version that is not understood: nothing more of it is read. Without an id it is an answer.
    case foreignHello(Int?, LinkVersion)
    /// One that this version does not know, or whose parameters are wrong.
    case refused(Int, LinkRefusal)
    case hello(Int, Hello)
    case pong(Int, clock: Int, head: String?)
    case received(Int, Int)
    case taken(Int, Int)
    case error(Int, LinkRefusal)
}

/// An error of JSON-RPC.
struct LinkRefusal: Hashable {
    let code: Int
    let reason: String
    /// With ``outOfOrder``: the number of the last message that has taken effect.
    var received: Int?

    static let version = -32_010, outOfOrder = -32_011, notAllowed = -32_001, unavailable = -32_603

    static let otherVersion = LinkRefusal(code: version, reason: "version \(LinkVersion.own) is spoken here")
    static let unknownMethod = LinkRefusal(code: -32_601, reason: "Method not found")
    static let repeatedID = LinkRefusal(code: -32_600, reason: "the id is in flight")

    static func invalid(_ field: String) -> LinkRefusal { LinkRefusal(code: -32_602, reason: field) }
}

/// Why a message is none.
struct NotALinkMessage: Error {
    let reason: String
}

extension LinkMessage {
    /// Longer texts of a peer are not repeated in a log.
    private static let longestReason = 200
    private static let longestName = 64, mostCapabilities = 32
    /// No carrier sends so many, and there is room to count on from it.
    private static let highestSequence = 1 << 53

    init(_ text: Span<UInt8>, limits: JSONLimits) throws(NotALinkMessage) {
        do throws(JSONError) {
            try self.init(JSON(parsing: text, limits: limits))
        } catch {
            throw NotALinkMessage(reason: "not a message: \(error)")
        }
    }

    private init(_ message: borrowing JSON) throws(JSONError) {
        guard try message.string("jsonrpc") == "2.0" else { throw .wrongType(name: "jsonrpc", expected: "2.0") }
        let id = try message.integer("id")
        if message.contains("method") {
            self = try Self.request(id, try message.string("method"), message)
        } else if message.contains("error") {
            self = .error(id, try Self.refusal(message.object("error")))
        } else {
            self = try Self.result(id, message.object("result"))
        }
    }

    private static func request(_ id: Int, _ method: String, _ message: borrowing JSON) throws(JSONError) -> LinkMessage
    {
        do throws(JSONError) {
            let params = try message.object("params")
            switch method {
            case "hello":
                let version = try version(params)
                guard LinkVersion.own.understands(version) else { return .foreignHello(id, version) }
                return .request(id, .hello(try hello(params, version)))
            case "ping":
                return .request(id, .ping(clock: try params.integer("clock"), head: try params.optionalString("head")))
            case "assert": return .request(id, .assert(try calls(params)))
            case "notice", "trace-question", "trace-answer", "share":
                let sequence = try params.integer("seq")
                guard sequence > 0 else { throw .wrongType(name: "seq", expected: "number from 1 on") }
                return .request(
                    id, .numbered(kind: method, sequence: sequence, statement: try params.string("statement")))
            default: return .refused(id, .unknownMethod)
            }
        } catch { return .refused(id, .invalid("\(error)")) }
    }

    private static func result(_ id: Int, _ result: borrowing JSON) throws(JSONError) -> LinkMessage {
        if result.contains("version") {
            let version = try version(result)
            guard LinkVersion.own.understands(version) else { return .foreignHello(nil, version) }
            return .hello(id, try hello(result, version))
        }
        if let received = try result.optionalInteger("received") { return .received(id, received) }
        if let taken = try result.optionalInteger("taken") { return .taken(id, taken) }
        return .pong(id, clock: try result.integer("clock"), head: try result.optionalString("head"))
    }

    private static func refusal(_ error: borrowing JSON) throws(JSONError) -> LinkRefusal {
        var reason = try error.optionalString("message") ?? ""
        var received: Int?
        if let data = error.member("data"), data.kind == .object {
            reason = try data.optionalString("reason") ?? reason
            received = try data.optionalInteger("received")
        }
        return LinkRefusal(
            code: try error.integer("code"), reason: printable(reason), received: received)
    }

    private static func version(_ hello: borrowing JSON) throws(JSONError) -> LinkVersion {
        guard let version = LinkVersion(try hello.string("version")) else {
            throw .wrongType(name: "version", expected: "major.minor")
        }
        return version
    }

    private static func hello(_ hello: borrowing JSON, _ version: LinkVersion) throws(JSONError) -> Hello {
        let capabilities = hello.contains("capabilities") ? try hello.strings("capabilities") : []
        var known: Hello.Known?
        if hello.contains("known") {
            let object = try hello.object("known")
            known = Hello.Known(instance: try object.string("instance"), received: try object.integer("received"))
        }
        let read = Hello(
            version: version, carrier: try hello.string("carrier"), instance: try hello.string("instance"),
            boot: try hello.string("boot"), capabilities: capabilities, clock: try hello.integer("clock"),
            known: known, heldHead: try hello.optionalString("heldHead"))
        guard ([read.carrier, read.instance, read.boot] + capabilities).allSatisfy(isName),
            capabilities.count <= mostCapabilities, read.instance.utf8.count == 36,
            known.map({ (0...highestSequence).contains($0.received) }) ?? true
        else { throw .wrongType(name: "hello", expected: "short names and an instance of 36 characters") }
        return read
    }

    /// They are shown to operators.
    private static func isName(_ text: String) -> Bool {
        text.utf8.count <= longestName && text.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
    }

    private static func calls(_ params: borrowing JSON) throws(JSONError) -> [AssertedCall] {
        guard let list = params.member("calls"), list.kind == .array else {
            throw .wrongType(name: "calls", expected: "array")
        }
        var calls: [AssertedCall] = []
        calls.reserveCapacity(list.count)
        try list.withElements { call throws(JSONError) in
            calls.append(
                AssertedCall(
                    circuit: try call.string("circuit"), orig: try call.string("orig"), dest: try call.strings("dest"),
                    identity: try call.string("identity"), call: try call.optionalString("call")))
        }
        return calls
    }

    /// For a log: one line of ASCII.
    private static func printable(_ text: String) -> String {
        String(decoding: text.utf8.prefix(longestReason).map { (0x20..<0x7F).contains($0) ? $0 : 0x3F }, as: UTF8.self)
    }
}

/// Writes messages, each whole and in its frame. One is kept for each loop, so that its buffer is allocated once.
struct LinkWriter: ~Copyable {
    private var text = JSONText(capacity: 65_536)

    /// Appends a request.
    mutating func request(
        _ id: Int, _ method: StaticString, to output: inout ByteBuffer, _ params: (inout JSONText) -> Void
    ) {
        begin(id)
        text.raw(",\"method\":\"")
        text.raw(method)
        text.raw("\",\"params\":{")
        params(&text)
        text.raw("}}")
        frame(&output)
    }

    /// The same, of a method that is not known beforehand but is one of ours.
    mutating func numbered(_ id: Int, _ kind: String, _ sequence: Int, _ statement: String, to output: inout ByteBuffer)
    {
        begin(id)
        text.raw(",\"method\":")
        text.string(kind)
        text.raw(",\"params\":{\"seq\":")
        text.number(sequence)
        text.raw(",\"statement\":")
        text.string(statement)
        text.raw("}}")
        frame(&output)
    }

    /// A request whose parameters were written before.
    mutating func assert(_ id: Int, _ calls: RawSpan, to output: inout ByteBuffer) {
        begin(id)
        text.raw(",\"method\":\"assert\",\"params\":{\"calls\":[")
        let ending: StaticString = "]}}"
        output.writeString("\(text.count + calls.byteCount + ending.utf8CodeUnitCount):")
        text.withBytes(0..<text.count) { _ = output.writeBytes($0) }
        output.writeBytes(calls)
        output.writeStaticString("]}},")
    }

    mutating func result(_ id: Int, to output: inout ByteBuffer, _ members: (inout JSONText) -> Void) {
        begin(id)
        text.raw(",\"result\":{")
        members(&text)
        text.raw("}}")
        frame(&output)
    }

    mutating func error(_ id: Int, _ refusal: LinkRefusal, to output: inout ByteBuffer) {
        begin(id)
        text.raw(",\"error\":{\"code\":")
        text.number(refusal.code)
        text.raw(",\"message\":")
        text.string(refusal.reason)
        text.raw(",\"data\":{\"reason\":")
        text.string(refusal.reason)
        if let received = refusal.received {
            text.raw(",\"received\":")
            text.number(received)
        }
        text.raw("}}}")
        frame(&output)
    }

    private mutating func begin(_ id: Int) {
        text.removeAll()
        text.raw("{\"jsonrpc\":\"2.0\",\"id\":")
        text.number(id)
    }

    private mutating func frame(_ output: inout ByteBuffer) {
        output.writeString("\(text.count):")
        text.withBytes(0..<text.count) { _ = output.writeBytes($0) }
        output.writeStaticString(",")
    }
}

extension JSONText {
    mutating func members(of hello: Hello) {
        raw("\"version\":")
        string(hello.version.description)
        raw(",\"carrier\":")
        string(hello.carrier)
        raw(",\"instance\":")
        string(hello.instance)
        raw(",\"boot\":")
        string(hello.boot)
        raw(",\"capabilities\":[")
        for (place, capability) in hello.capabilities.enumerated() {
            if place > 0 { raw(",") }
            string(capability)
        }
        raw("],\"clock\":")
        number(hello.clock)
        if let known = hello.known {
            raw(",\"known\":{\"instance\":")
            string(known.instance)
            raw(",\"received\":")
            number(known.received)
            raw("}")
        }
        member(",\"heldHead\":", hello.heldHead)
    }

    /// Appends one call, with a comma before it unless it is the first.
    mutating func append(_ call: AssertedCall) {
        raw(count == 0 ? "{\"circuit\":" : ",{\"circuit\":")
        string(call.circuit)
        raw(",\"orig\":")
        string(call.orig)
        raw(",\"dest\":[")
        for (place, dest) in call.dest.enumerated() {
            if place > 0 { raw(",") }
            string(dest)
        }
        raw("],\"identity\":")
        string(call.identity)
        member(",\"call\":", call.call)
        raw("}")
    }

    mutating func member(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        raw(name)
        string(value)
    }
}
