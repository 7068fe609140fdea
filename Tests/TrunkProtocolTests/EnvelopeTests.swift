import Testing
import TrunkProtocol

@Suite struct EnvelopeTests {
    private func envelope(_ text: String) -> Envelope {
        let bytes = Array(text.utf8)
        return Envelope(parsing: bytes.span)
    }

    private func params(_ method: String, _ params: String) -> Envelope {
        envelope(#"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":\#(params)}"#)
    }

    @Test func `a sign request is read with all its members`() {
        let request = params(
            "sign",
            #"{"orig":{"tn":"+86 571"},"dest":{"tn":["1","2"]},"attest":"B","origid":"o","iat":5,"date":"d","trunk":"t","egress":"e","call":"c","more":{}}"#
        )
        let expected = SignRequest(
            orig: "+86 571", dest: ["1", "2"], attest: "B", origid: "o", iat: 5, date: "d", trunk: "t", egress: "e",
            call: "c")
        #expect(request == .request(.integer(1), .sign(expected)))
    }

    @Test(arguments: [
        #"{"orig":"1","dest":"2"}"#, #"{"orig":{"tn":"1"},"dest":{"tn":"2"}}"#, #"{"orig":"1","dest":["2"]}"#,
        #"{"orig":{"tn":"1","x":0},"dest":{"tn":["2"]}}"#,
    ])
    func `numbers may be plain or in objects`(text: String) {
        #expect(params("sign", text) == .request(.integer(1), .sign(SignRequest(orig: "1", dest: ["2"]))))
    }

    @Test(arguments: [
        (#""#, [String]()), (#""identity":"a;b","#, ["a;b"]), (#""identity":["a","b"],"#, ["a", "b"]),
        (#""identity":[],"#, []),
    ])
    func `identities are absent, one or several`(member: String, identities: [String]) {
        let request = params("verify", "{\(member)\"orig\":\"1\",\"dest\":\"2\"}")
        #expect(request == .request(.integer(1), .verify(VerifyRequest(identity: identities, orig: "1", dest: ["2"]))))
    }

    @Test(arguments: [
        ("sign", #"{"dest":"2"}"#, "orig"), ("sign", #"{"orig":"1"}"#, "dest"),
        ("sign", #"{"orig":1,"dest":"2"}"#, "orig"),
        ("sign", #"{"orig":["1"],"dest":"2"}"#, "orig"), ("sign", #"{"orig":{"tn":["1"]},"dest":"2"}"#, "orig"),
        ("sign", #"{"orig":{"uri":"1"},"dest":"2"}"#, "orig"), ("sign", #"{"orig":"1","dest":[]}"#, "dest"),
        ("sign", #"{"orig":"1","dest":{"tn":[]}}"#, "dest"), ("sign", #"{"orig":"1","dest":{}}"#, "dest"),
        ("sign", #"{"orig":"1","dest":["2",3]}"#, "dest"), ("sign", #"{"orig":"1","dest":null}"#, "dest"),
        ("sign", #"{"orig":"1","dest":"2","attest":"Z"}"#, "attest"),
        ("sign", #"{"orig":"1","dest":"2","attest":1}"#, "attest"),
        ("sign", #"{"orig":"1","dest":"2","iat":"5"}"#, "iat"),
        ("sign", #"{"orig":"1","dest":"2","iat":5.0}"#, "iat"),
        ("sign", #"{"orig":"1","dest":"2","origid":1}"#, "origid"),
        ("sign", #"{"orig":"1","dest":"2","date":1}"#, "date"),
        ("sign", #"{"orig":"1","dest":"2","trunk":[]}"#, "trunk"),
        ("sign", #"{"orig":"1","dest":"2","egress":1}"#, "egress"),
        ("sign", #"{"orig":"1","dest":"2","call":{}}"#, "call"), ("verify", #"{"identity":"a","dest":"2"}"#, "orig"),
        ("verify", #"{"identity":"a","orig":"1"}"#, "dest"),
        ("verify", #"{"orig":"1","dest":"2","identity":1}"#, "identity"),
        ("verify", #"{"orig":"1","dest":"2","identity":[1]}"#, "identity"),
        ("verify", #"{"orig":"1","dest":"2","identity":null}"#, "identity"),
        ("verify", #"{"orig":"1","dest":"2","date":1}"#, "date"),
        ("verify", #"{"orig":"1","dest":"2","trunk":1}"#, "trunk"),
        ("verify", #"{"orig":"1","dest":"2","egress":{}}"#, "egress"),
        ("verify", #"{"orig":"1","dest":"2","call":1}"#, "call"),
    ])
    func `a member that is missing or of the wrong kind is named`(method: String, text: String, field: String) {
        #expect(params(method, text) == .refused(.integer(1), .invalidParams(field: field)))
    }

    @Test(arguments: [
        (#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, RPCError.invalidRequest),
        (#"{"jsonrpc":2.0,"id":1,"method":"ping"}"#, .invalidRequest), (#"{"id":1,"method":"ping"}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1}"#, .invalidRequest), (#"{"jsonrpc":"2.0","id":1,"method":5}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":"x"}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":null}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1,"method":"subtract"}"#, .methodNotFound),
        (#"{"jsonrpc":"2.0","id":1,"method":"Sign","params":{}}"#, .methodNotFound),
        (#"{"jsonrpc":"2.0","id":1,"method":"sign"}"#, .invalidParams(field: "params")),
    ])
    func `a fault of the envelope has its code`(text: String, error: RPCError) {
        #expect(envelope(text) == .refused(.integer(1), error))
    }

    @Test(arguments: [
        (#""#, RPCError.parseError), ("5", .parseError),
        (#"{"jsonrpc":"2.0","id":1,"id":1,"method":"ping"}"#, .parseError),
        (#"{"jsonrpc":"2.0","id":1,"method":"ping"} x"#, .parseError), ("{]", .parseError),
        (#"{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]"#, .parseError), ("[]", .invalidRequest),
        (#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1.0,"method":"ping"}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":true,"method":"ping"}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":[1],"method":"ping"}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":9223372036854775808,"method":"ping"}"#, .parseError),
        (#"{"jsonrpc":"2.0","id":"\#(String(repeating: "x", count: 257))","method":"ping"}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","method":1,"params":"bar"}"#, .invalidRequest),
        (String(repeating: #"{"a":"#, count: 17) + "1" + String(repeating: "}", count: 17), .parseError),
    ])
    func `without a usable id there is nobody to answer`(text: String, error: RPCError) {
        #expect(envelope(text) == .unanswerable(error))
    }

    @Test(arguments: [
        #"{"jsonrpc":"2.0","method":"ping"}"#, #"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
        #"{"jsonrpc":"2.0","id":null,"method":"nothing","params":{}}"#,
        #"{"jsonrpc":"2.0","method":"sign","params":{}}"#,
    ])
    func `a notification is one, whatever it asks`(text: String) { #expect(envelope(text) == .notification) }
}
