import NIOCore
import NIOEmbedded
import Testing
import TrunkProtocol

@Suite struct SwitchConnectionTests {
    static let ping = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#
    static let pong = #"{"jsonrpc":"2.0","id":1,"result":{"pong":true}}"#

    private func ping(_ id: String) -> String { #"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"# }

    private func answersAtOnce(limits: SwitchLimits = SwitchLimits()) -> SwitchWire {
        SwitchWire(.atOnce { _ in .pong }, limits: limits)
    }

    @Test func `an answer comes in the framing of the connection`() {
        #expect(answersAtOnce().exchange(netstring(Self.ping)) == netstring(Self.pong))
        #expect(answersAtOnce().exchange(Self.ping) == Self.pong + "\n")
    }

    @Test(arguments: [
        "0", "-7", "9223372036854775807", "-9223372036854775808", "1000001", #""""#, #""1""#, #""55788:914637290""#,
        #""a\"\\\u0001\u001f é/""#,
    ])
    func `an id comes back as it came, by type and value`(id: String) {
        #expect(
            answersAtOnce().exchange(netstring(ping(id)))
                == netstring(#"{"jsonrpc":"2.0","id":\#(id),"result":{"pong":true}}"#))
    }

    @Test func `two requests with one id are both answered`() {
        let wire = SwitchWire()
        wire.exchange(netstring(Self.ping) + netstring(Self.ping))
        for (_, reply) in wire.held { #expect(reply.complete(with: .pong)) }
        #expect(wire.received() == netstring(Self.pong) + netstring(Self.pong))
    }

    @Test func `answers may overtake each other and leave in one write`() {
        let wire = SwitchWire(.backwards { _ in .pong })
        #expect(wire.exchange(netstring(ping("1")) + netstring(ping("2")) + netstring(ping("3"))).isEmpty == false)
        #expect(wire.batches == 1)
        let other = SwitchWire()
        other.exchange(netstring(ping("1")) + netstring(ping("2")))
        for (_, reply) in other.held.reversed() { reply.complete(with: .pong) }
        let two = netstring(#"{"jsonrpc":"2.0","id":2,"result":{"pong":true}}"#)
        #expect(other.writes() == [two + netstring(Self.pong)])
    }

    @Test func `a client that needs it gets each answer in a write of its own`() {
        var limits = SwitchLimits()
        limits.flushesEachAnswer = true
        let wire = answersAtOnce(limits: limits)
        try! wire.channel.writeInbound(ByteBuffer(string: netstring(Self.ping) + netstring(Self.ping)))
        #expect(wire.writes() == [netstring(Self.pong), netstring(Self.pong)])
    }

    @Test(arguments: [
        (RPCError.internalError, #"{"code":-32603,"message":"Internal error"}"#),
        (.busy, #"{"code":-32000,"message":"Busy"}"#), (.noUsableKey, #"{"code":-32002,"message":"No usable key"}"#),
        (
            .notAllowed(reason: "not-granted", sip: SIPStatus(code: 403, reason: "Forbidden")),
            #"{"code":-32001,"message":"Not allowed","data":{"reason":"not-granted","sip":{"code":403,"reason":"Forbidden"}}}"#
        ),
        (.notAllowed(reason: "x", sip: nil), #"{"code":-32001,"message":"Not allowed","data":{"reason":"x"}}"#),
        (
            .invalidParams(field: "orig"), #"{"code":-32602,"message":"Invalid params","data":{"field":"orig"}}"#
        ),
    ])
    func `an error is written with its code and data`(error: RPCError, text: String) {
        let wire = SwitchWire(.atOnce { _ in .error(error) })
        #expect(wire.exchange(netstring(Self.ping)) == netstring(#"{"jsonrpc":"2.0","id":1,"error":\#(text)}"#))
    }

    @Test func `a verdict is written with what it has`() {
        let sip = SIPStatus(code: 438, reason: "Invalid Identity Header")
        var verdict = VerifyReply(
            valid: false, action: .block, verstat: "TN-Validation-Failed", sip: sip, reason: "signature",
            record: "20261123-7")
        let bare = SwitchWire(.atOnce { [verdict] _ in .verify(verdict) })
        #expect(
            bare.exchange(Self.ping)
                == #"{"jsonrpc":"2.0","id":1,"result":{"valid":false,"action":"block","verstat":"TN-Validation-Failed","#
                + #""sip":{"code":438,"reason":"Invalid Identity Header"},"reason":"signature","record":"20261123-7"}}"#
                + "\n")
        verdict.valid = true
        verdict.action = .label
        verdict.attest = "B"
        verdict.origid = "o"
        verdict.label = [.init("name", "银行"), .init("note", "a\nb")]
        let full = SwitchWire(.atOnce { [verdict] _ in .verify(verdict) })
        #expect(
            full.exchange(Self.ping)
                == #"{"jsonrpc":"2.0","id":1,"result":{"valid":true,"action":"label","verstat":"TN-Validation-Failed","#
                + #""attest":"B","origid":"o","sip":{"code":438,"reason":"Invalid Identity Header"},"reason":"signature","#
                + #""label":{"name":"银行","note":"a\nb"},"record":"20261123-7"}}"# + "\n")
    }

    @Test func `an answer too long for the switches becomes an internal error`() {
        func answer(identity count: Int) -> String {
            let sign = SignReply(identity: String(repeating: "x", count: count), attest: "A", origid: "o", iat: 1)
            return SwitchWire(.atOnce { _ in .sign(sign) }).exchange(netstring(Self.ping))
        }
        #expect(answer(identity: 7_900).utf8.count < 8_000)
        #expect(answer(identity: 7_900).contains("result"))
        #expect(
            answer(identity: 7_999)
                == netstring(#"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal error"}}"#))
    }

    @Test(arguments: [
        "", "nonsense", "[]", #"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#,
        #"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
        #"{"jsonrpc":"2.0","id":true,"method":"ping"}"#, #"{"jsonrpc":"2.0","method":5}"#,
    ])
    func `a netstring connection is never told id null, and stays`(text: String) {
        let wire = answersAtOnce()
        #expect(wire.exchange(netstring(text)).isEmpty)
        #expect(wire.counters.unanswerable == 1)
        #expect(wire.exchange(netstring(Self.ping)) == netstring(Self.pong))
    }

    @Test(arguments: [
        "[]", #"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, #"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
    ])
    func `a JSON stream is told what was no request, and stays`(text: String) {
        let wire = answersAtOnce()
        let refusal = #"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid Request"}}"#
        #expect(wire.exchange(text + Self.ping) == refusal + "\n" + Self.pong + "\n")
    }

    @Test(arguments: ["{]", "{},", #"{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]}"#, "{}x"])
    func `a JSON stream that cannot be read is told so and closed`(text: String) {
        let wire = answersAtOnce()
        let refusal = #"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}"#
        #expect(wire.exchange(text).hasSuffix(refusal + "\n"))
        #expect(wire.isClosed)
    }

    @Test(arguments: [
        "3:abcd,", "0:,POST", "12345678:", "POST / HTTP/1.1\r\n\r\n", "\u{16}", "agi_network: yes\n", " 3:abc,",
    ])
    func `any other framing fault closes without a word`(text: String) {
        let wire = answersAtOnce()
        #expect(wire.exchange(text).isEmpty)
        #expect(wire.isClosed)
        #expect(wire.counters.framingFaults.values.reduce(0, +) == 1)
    }

    @Test func `a framing fault leaves the requests before it their answers`() {
        let wire = SwitchWire()
        #expect(wire.exchange(netstring(Self.ping) + "junk").isEmpty)
        #expect(!wire.isClosed)
        #expect(wire.held[0].reply.complete(with: .pong))
        #expect(wire.received() == netstring(Self.pong))
        #expect(wire.isClosed)
    }

    @Test(arguments: [#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, #"{"jsonrpc":"2.0","method":"ping"}"#])
    func `a notification gets no answer and reaches nobody`(text: String) {
        for wire in [answersAtOnce(), answersAtOnce()] {
            #expect(wire.exchange(text).isEmpty)
            #expect(wire.requests.isEmpty)
            #expect(wire.counters.notifications == 1)
        }
    }

    @Test func `after the deadline nothing is sent, and the responder is told`() {
        let wire = SwitchWire()
        wire.exchange(netstring(ping("1")) + netstring(ping("2")))
        wire.channel.embeddedEventLoop.advanceTime(by: .milliseconds(399))
        #expect(wire.held[0].reply.isAwaited)
        #expect(wire.held[0].reply.complete(with: .pong))
        wire.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(!wire.held[1].reply.isAwaited)
        #expect(!wire.held[1].reply.complete(with: .pong))
        #expect(wire.received() == netstring(Self.pong))
        #expect(wire.counters.answered == 1 && wire.counters.expired == 1 && wire.counters.inFlight == 0)
    }

    @Test func `a second answer to one request is not sent`() {
        let wire = SwitchWire()
        wire.exchange(netstring(Self.ping))
        #expect(wire.held[0].reply.complete(with: .pong))
        #expect(!wire.held[0].reply.complete(with: .pong))
        #expect(wire.received() == netstring(Self.pong))
        #expect(wire.counters.answeredTwice == 1 && wire.counters.inFlight == 0)
    }

    @Test func `a forgotten request is counted and holds nothing up`() {
        let wire = SwitchWire()
        wire.exchange(netstring(Self.ping))
        wire.release()
        #expect(wire.counters.abandoned == 1 && wire.counters.inFlight == 0)
    }

    @Test func `more in flight than a connection may have is busy at once`() {
        var limits = SwitchLimits()
        limits.inFlightPerConnection = 2
        let wire = SwitchWire(limits: limits)
        let three = (1...3).map { netstring(ping("\($0)")) }.joined()
        #expect(
            wire.exchange(three) == netstring(#"{"jsonrpc":"2.0","id":3,"error":{"code":-32000,"message":"Busy"}}"#))
        #expect(wire.counters.busy == 1 && wire.counters.inFlight == 2)
        wire.held[0].reply.complete(with: .pong)
        wire.received()
        #expect(wire.exchange(netstring(Self.ping)).isEmpty)
    }

    @Test func `more in flight than a loop may have is busy at once`() {
        var limits = SwitchLimits()
        limits.inFlightPerLoop = 1
        let wire = SwitchWire(limits: limits)
        #expect(wire.exchange(Self.ping + Self.ping).contains("-32000"))
    }

    @Test func `a long read is answered in bounded batches, all of it`() {
        var limits = SwitchLimits()
        limits.messagesPerBatch = 3
        let wire = answersAtOnce(limits: limits)
        let ten = (1...10).map { netstring(ping("\($0)")) }.joined()
        let answers = wire.exchange(ten) + wire.received()
        #expect(
            answers == (1...10).map { netstring(#"{"jsonrpc":"2.0","id":\#($0),"result":{"pong":true}}"#) }.joined())
        #expect(wire.batches > 1)
    }

    @Test func `what has waited past its deadline behind others is not begun`() {
        var limits = SwitchLimits()
        limits.messagesPerBatch = 1
        let wire = SwitchWire(limits: limits)
        let channel = wire.channel
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        wire.exchange(netstring(ping("1")) + netstring(ping("2")))
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(400))
        #expect(wire.requests.count == 1, "a backlog waits for a slow reader")
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        #expect(wire.received().isEmpty)
        #expect(wire.requests.count == 1 && wire.counters.expired == 1)
    }

    @Test func `an unfinished message has a time limit, an idle connection none`() {
        let wire = answersAtOnce()
        wire.exchange(netstring(Self.ping))
        wire.channel.embeddedEventLoop.advanceTime(by: .hours(24))
        wire.exchange("20:{")
        wire.channel.embeddedEventLoop.advanceTime(by: .milliseconds(9_999))
        #expect(!wire.isClosed)
        wire.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(wire.isClosed)
        #expect(wire.counters.framingFaults == [.unfinished: 1])
    }

    @Test func `messages that always come in two pieces are not unfinished`() {
        let wire = answersAtOnce()
        wire.exchange("40:")
        for _ in 0..<10 {
            wire.channel.embeddedEventLoop.advanceTime(by: .seconds(4))
            #expect(wire.exchange(Self.ping + ",40:") == netstring(Self.pong))
        }
    }

    @Test func `a switch that does not read its answers is not read from, then closed`() {
        let wire = answersAtOnce()
        wire.exchange(netstring(Self.ping))
        wire.channel.isWritable = false
        wire.channel.pipeline.fireChannelWritabilityChanged()
        wire.channel.embeddedEventLoop.advanceTime(by: .milliseconds(4_999))
        #expect(!wire.isClosed)
        wire.channel.isWritable = true
        wire.channel.pipeline.fireChannelWritabilityChanged()
        wire.channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(!wire.isClosed)
        wire.channel.isWritable = false
        wire.channel.pipeline.fireChannelWritabilityChanged()
        wire.channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(wire.isClosed)
        #expect(wire.counters.slowReaders == 1)
    }

    @Test func `a switch that stops sending still gets its answers`() {
        let wire = SwitchWire()
        wire.exchange(Self.ping)
        wire.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(!wire.isClosed)
        wire.held[0].reply.complete(with: .pong)
        #expect(wire.received() == Self.pong + "\n")
        #expect(wire.isClosed)
    }

    @Test func `a switch that stops within a message has made a framing fault`() {
        let wire = SwitchWire()
        wire.exchange("{")
        wire.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(wire.received().contains("-32700"))
        #expect(wire.isClosed)
        #expect(wire.counters.framingFaults == [.truncated: 1])
    }

    @Test func `an answer to a switch that has gone is counted as such`() {
        let wire = SwitchWire()
        wire.exchange(Self.ping)
        wire.channel.close(promise: nil)
        #expect(wire.isClosed)
        #expect(!wire.held[0].reply.complete(with: .pong))
        #expect(wire.counters.orphaned == 1 && wire.counters.inFlight == 0 && wire.counters.open == 0)
    }

    @Test(arguments: 0..<100)
    func `whatever is sent, the counters add up`(seed: UInt64) {
        var random = Seeded(state: seed)
        var limits = SwitchLimits()
        limits.inFlightPerConnection = 3
        let wire = SwitchWire(limits: limits)
        let kinds = [
            Self.ping, ping(#""s""#), ping("null"), ping("1.5"), "[]", "", #"{"jsonrpc":"2.0","id":1,"method":"none"}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"sign","params":{}}"#,
        ]
        let stream = (0..<30).map { _ in netstring(kinds.randomElement(using: &random)!) }.joined()
        var completed = 0
        var rest = Array(stream.utf8)[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...200, using: &random)
            wire.exchange(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
            if Bool.random(using: &random) { wire.channel.embeddedEventLoop.advanceTime(by: .milliseconds(250)) }
            while completed < wire.held.count, Bool.random(using: &random) {
                wire.held[completed].reply.complete(with: .pong)
                completed += 1
            }
        }
        let sum = wire.counters
        #expect(sum.messages == 30)
        #expect(sum.messages == sum.requests + sum.notifications + sum.unanswerable)
        #expect(
            sum.requests == sum.answered + sum.refused + sum.busy + sum.expired + sum.orphaned + sum.abandoned
                + sum.inFlight)
    }
}
