import NIOCore
import NIOEmbedded
import Testing
import TrunkProtocol

/// An answer that is written down first and sent later is the answer that would have been sent at once.
@Suite struct `A drafted answer` {
    private static let record = "20261123-7"

    private static func ping(_ id: String) -> String { #"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"# }

    private static func verdict(_ reason: String, record: String?) -> VerifyReply {
        VerifyReply(
            valid: false, action: .label, verstat: "TN-Validation-Failed", attest: "A", origid: "o\"\\",
            sip: SIPStatus(code: 438, reason: "Invalid Identity Header"), reason: reason,
            label: [.init("caller", "号\n")], record: record)
    }

    private static let bare = VerifyReply(
        valid: true, action: .allow, verstat: "No-TN-Validation", sip: SIPStatus(code: 200, reason: "OK"),
        reason: "none",
        record: nil)

    private static func sign(_ count: Int) -> SwitchReply {
        .sign(SignReply(identity: String(repeating: "x", count: count), attest: "B", origid: "o", iat: 1_795_329_200))
    }

    /// The record's id is the one thing that may be added later.
    private static func drafted(_ reply: SwitchReply) -> SwitchReply {
        guard case .verify(var verdict) = reply else { return reply }
        verdict.record = nil
        return .verify(verdict)
    }

    private static func complete(_ reply: SwitchReply) -> SwitchReply {
        guard case .verify(var verdict) = reply, verdict.record == nil else { return reply }
        verdict.record = record
        return .verify(verdict)
    }

    /// What is said when the reply to `request` is drafted and sent, or when it is given at once.
    private func said(_ reply: SwitchReply, to request: String, isDrafted: Bool, limits: SwitchLimits = SwitchLimits())
        -> (text: String, counters: SwitchCounters)
    {
        let wire = SwitchWire(limits: limits)
        wire.exchange(request)
        if isDrafted {
            let answers = DraftedAnswers()
            answers.add(reply, to: wire.held[0].reply)
            #expect(answers.count == 1 && answers.arrival(0) == wire.held[0].reply.arrival)
            #expect(wire.received().isEmpty, "a draft is not sent")
            #expect(answers.send(0, record: Self.record))
        } else {
            #expect(wire.held[0].reply.complete(with: reply))
        }
        return (wire.received(), wire.counters)
    }

    static let replies: [SwitchReply] = [
        .verify(verdict("signature", record: nil)), .verify(bare), .verify(verdict("x", record: "")),
        .verify(verdict("x", record: "given")), sign(400), .pong, .error(.internalError), .error(.noUsableKey),
        .error(.notAllowed(reason: "not-granted", sip: SIPStatus(code: 403, reason: "Forbidden"))),
        .error(.invalidParams(field: "orig")),
    ]

    @Test(arguments: replies, ["1", #""55788:914637290""#, #""a\"\\\u0001 é""#])
    func `is what is sent at once when all is known`(reply: SwitchReply, id: String) {
        for request in [Self.ping(id), netstring(Self.ping(id))] {
            let (later, counters) = said(reply, to: request, isDrafted: true)
            let (atOnce, _) = said(Self.complete(reply), to: request, isDrafted: false)
            #expect(later == atOnce && !later.isEmpty)
            #expect(counters.answered == 1 && counters.inFlight == 0 && counters.overlong == 0)
        }
    }

    /// Its length is not known before its record is.
    @Test(arguments: 0..<24) func `is counted by all its bytes`(more: Int) {
        let reply = SwitchReply.verify(Self.verdict(String(repeating: "y", count: 7_735 + more), record: nil))
        for request in [Self.ping("1"), netstring(Self.ping("1"))] {
            let (later, drafted) = said(reply, to: request, isDrafted: true)
            let (atOnce, counters) = said(Self.complete(reply), to: request, isDrafted: false)
            #expect(later == atOnce)
            #expect(drafted.overlong == counters.overlong)
        }
    }

    @Test func `that is too long for the switches becomes an internal error`() {
        let error = #"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal error"}}"#
        let long = SwitchReply.verify(Self.verdict(String(repeating: "y", count: 8_000), record: nil))
        for reply in [long, Self.sign(8_000)] {
            let (text, counters) = said(reply, to: netstring(Self.ping("1")), isDrafted: true)
            #expect(text == netstring(error))
            #expect(counters.overlong == 1 && counters.answered == 1)
            #expect(said(reply, to: Self.ping("1"), isDrafted: true).text == error + "\n")
        }
        // Within the limit by itself, beyond it with its record.
        var limits = SwitchLimits()
        let whole = said(Self.complete(.verify(Self.bare)), to: Self.ping("1"), isDrafted: false).text.utf8.count
        limits.longestAnswer = whole
        let (text, counters) = said(.verify(Self.bare), to: Self.ping("1"), isDrafted: true, limits: limits)
        #expect(text == error + "\n")
        #expect(counters.overlong == 1)
        limits.longestAnswer = whole + 5
        #expect(said(.verify(Self.bare), to: Self.ping("1"), isDrafted: true, limits: limits).counters.overlong == 0)
    }

    @Test func `is not sent after its deadline`() {
        let wire = SwitchWire(), answers = DraftedAnswers()
        wire.exchange(netstring(Self.ping("1")) + netstring(Self.ping("2")))
        for (_, reply) in wire.held { answers.add(.verify(Self.bare), to: reply) }
        wire.channel.embeddedEventLoop.advanceTime(by: .milliseconds(399))
        #expect(answers.send(0, record: Self.record))
        #expect(wire.received().contains(Self.record))
        wire.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(!answers.send(1, record: Self.record))
        #expect(wire.received().isEmpty)
        #expect(wire.counters.answered == 1 && wire.counters.expired == 1 && wire.counters.inFlight == 0)
    }

    @Test func `is not sent to a switch that has gone`() {
        let wire = SwitchWire(), answers = DraftedAnswers()
        wire.exchange(Self.ping("1"))
        answers.add(.verify(Self.bare), to: wire.held[0].reply)
        wire.channel.close(promise: nil)
        #expect(wire.isClosed)
        #expect(!answers.send(0, record: Self.record))
        #expect(wire.counters.orphaned == 1 && wire.counters.inFlight == 0)
    }

    @Test func `is sent once`() {
        let wire = SwitchWire(), answers = DraftedAnswers()
        wire.exchange(Self.ping("1"))
        answers.add(.verify(Self.bare), to: wire.held[0].reply)
        #expect(answers.send(0, record: Self.record))
        #expect(!answers.send(0, record: Self.record))
        #expect(!answers.refuse(0, .internalError))
        #expect(wire.received().split(separator: "\n").count == 1)
        #expect(wire.counters.answeredTwice == 2 && wire.counters.answered == 1)
    }

    @Test func `can still become an error`() {
        let wire = SwitchWire(), answers = DraftedAnswers()
        wire.exchange(netstring(Self.ping("1")))
        answers.add(.verify(Self.bare), to: wire.held[0].reply)
        #expect(answers.refuse(0, .internalError))
        #expect(
            wire.received()
                == netstring(#"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal error"}}"#))
        #expect(wire.counters.answered == 1 && wire.counters.inFlight == 0)
    }

    /// Of many connections in truth; what matters is that each part of the text is its own request's answer.
    @Test func `goes out with the others in one write, in the order in which they are sent`() {
        let wire = SwitchWire(), answers = DraftedAnswers()
        wire.exchange((0..<100).map { netstring(Self.ping("\($0)")) }.joined())
        for (index, held) in wire.held.enumerated() {
            answers.add(
                index % 3 == 0 ? Self.sign(index) : .verify(Self.verdict("r\(index)", record: nil)), to: held.reply)
        }
        #expect(answers.count == 100)
        var expected = ""
        for index in (0..<100).reversed() {
            #expect(answers.send(index, record: "record-\(index)"))
            let reply =
                index % 3 == 0 ? Self.sign(index) : .verify(Self.verdict("r\(index)", record: "record-\(index)"))
            expected += said(reply, to: netstring(Self.ping("\(index)")), isDrafted: false).text
        }
        #expect(wire.writes() == [expected])
        #expect(wire.counters.answered == 100)
    }

    @Test func `makes room for the next ones`() {
        let wire = SwitchWire(), answers = DraftedAnswers()
        for batch in 0..<5 {
            // More than the memory holds at first, then less.
            let count = batch == 1 ? 300 : 20
            wire.exchange((0..<count).map { netstring(Self.ping("\($0)")) }.joined())
            wire.received()
            for (_, reply) in wire.held { answers.add(.verify(Self.verdict("b\(batch)", record: nil)), to: reply) }
            #expect(answers.count == count)
            for index in 0..<count { #expect(answers.send(index, record: Self.record)) }
            answers.removeAll()
            #expect(answers.count == 0)
            let reply = SwitchReply.verify(Self.verdict("b\(batch)", record: Self.record))
            let expected = (0..<count).map { index in
                said(reply, to: netstring(Self.ping("\(index)")), isDrafted: false).text
            }
            #expect(wire.received() == expected.joined())
            wire.release()
        }
        #expect(wire.counters.answered == 380 && wire.counters.answeredTwice == 0 && wire.counters.abandoned == 0)
    }

    /// A batch that is let go of has answered nobody, and says so.
    @Test func `that is thrown away leaves its connection free to close`() {
        let wire = SwitchWire(), answers = DraftedAnswers()
        wire.exchange(netstring(Self.ping("1")))
        answers.add(.verify(Self.bare), to: wire.held[0].reply)
        wire.release()
        #expect(wire.counters.abandoned == 0 && wire.counters.inFlight == 1)
        answers.removeAll()
        #expect(wire.counters.abandoned == 1 && wire.counters.inFlight == 0)
        #expect(wire.received().isEmpty)
    }
}
