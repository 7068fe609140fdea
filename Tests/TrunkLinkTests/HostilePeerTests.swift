import Exchange
import MiniPKI
import NIOCore
import NIOPosix
import Statements
import Testing
import TrunkLink

/// A peer with a certificate in order that does not keep to the protocol.
@Suite(.serialized) struct HostilePeerTests {
    /// What is no message between netstrings' commas.
    static let nonsense = [
        "GET / HTTP/1.1\r\n\r\n", #"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"clock":1}}"#, "67108864:",
        "9999999:", "131073:", "01:a,", ":,", "-1:a,", "2:{}x", " 2:{},",
    ]

    @Test(
        arguments: nonsense
            + [
                Stranger.ping(id: 1), Stranger.notice(1, id: 1), Stranger.helloBack("1001"), "{}",
                #"{"jsonrpc":"2.0","id":1,"method":"hello","params":{}}"#,
                #"{"jsonrpc":"2.0","id":1,"method":"later","params":{}}"#,
                #"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}}"#,
            ].map { "\($0.utf8.count):\($0)," })
    func `who does not begin with hello is let go`(_ bytes: String) async throws {
        try await Station.alone { station in
            let isLetGo = try await Stranger.dialling(station.port, as: linkPKI.linkParty("1001")) { stranger in
                try await stranger.shout(bytes)
                return await stranger.isLetGo()
            }
            #expect(isLetGo)
            #expect(try await station.counters?.linked == 0)
            #expect(station.taken.isEmpty)
        }
    }

    @Test(arguments: ["", "9", "300:{\"jsonrpc\":"])
    func `who does not say hello in time is let go`(_ beginning: String) async throws {
        var limits = LinkLimits.quick
        limits.greeting = .milliseconds(500)
        try await Station.alone(limits: limits) { station in
            let isLetGo = try await Stranger.dialling(station.port, as: linkPKI.linkParty("1001")) { stranger in
                if !beginning.isEmpty { try? await stranger.shout(beginning) }
                return await stranger.isLetGo()
            }
            #expect(isLetGo)
            #expect(station.wasNotLinked("\(LinkFault.notInTime)"))
        }
    }

    @Test func `another major version is refused with the one that is spoken here, and a minor one is not`()
        async throws
    {
        try await Station.alone { station in
            for (version, answer) in [("2.0", "-32010"), ("1.7", #""version":"1.0""#)] {
                try await Stranger.dialling(station.port, as: linkPKI.linkParty("1001")) { stranger in
                    try await stranger.say(Stranger.hello("1001", version: version))
                    let heard = try #require(try await stranger.hear())
                    #expect(heard.contains(answer) && heard.contains("1.0"))
                    if version == "2.0" { #expect(await stranger.isLetGo()) }
                }
            }
            #expect(station.wasNotLinked("\(LinkFault.otherVersion("2.0"))"))
        }
    }

    @Test func `a later version may say in its hello what this one cannot read`() async throws {
        try await Station.alone { station in
            try await Stranger.dialling(station.port, as: linkPKI.linkParty("1001")) { stranger in
                try await stranger.say(
                    #"{"jsonrpc":"2.0","id":1,"method":"hello","params":{"version":"2.0","name":[]}}"#)
                #expect(try await stranger.hear()?.contains("-32010") == true)
            }
        }
    }

    @Test func `who says to be another than his certificate is refused`() async throws {
        try await Station.alone(peers: ["1001", "3003"]) { station in
            try await Stranger.dialling(station.port, as: linkPKI.linkParty("1001")) { stranger in
                try await stranger.say(Stranger.hello("3003"))
                #expect(try await stranger.hear()?.contains("the certificate is of 1001") == true)
                #expect(await stranger.isLetGo())
            }
            #expect(station.wasNotLinked("it says to be 3003"))
        }
    }

    @Test(arguments: nonsense)
    func `what is no netstring ends a link`(_ bytes: String) async throws {
        try await Station.met { station, stranger in
            try await stranger.shout(bytes)
            #expect(await stranger.isLetGo())
            #expect(station.ended(.notNetstrings))
        }
    }

    @Test func `a second hello ends a link`() async throws {
        try await Station.met { station, stranger in
            try await stranger.say(Stranger.hello("1001", id: 2))
            #expect(await stranger.isLetGo())
            #expect(station.ended(.notAHello))
        }
    }

    @Test(arguments: [
        "{}", "[]", "1", "", "{", #"{"jsonrpc":"1.0","id":5,"method":"ping","params":{"clock":1}}"#,
        #"{"jsonrpc":"2.0","method":"ping","params":{"clock":1}}"#,
        #"{"jsonrpc":"2.0","id":null,"method":"ping","params":{"clock":1}}"#,
        #"{"jsonrpc":"2.0","id":"5","method":"ping","params":{"clock":1}}"#,
        #"{"jsonrpc":"2.0","id":1.5,"method":"ping","params":{"clock":1}}"#,
        #"{"jsonrpc":"2.0","id":99999999999999999999,"method":"ping","params":{"clock":1}}"#,
        #"[{"jsonrpc":"2.0","id":5,"method":"ping","params":{"clock":1}}]"#,
        #"{"jsonrpc":"2.0","id":5,"method":"ping","params":{"clock":[[[[[[[[[[1]]]]]]]]]]}}"#,
        #"{"jsonrpc":"2.0","id":5,"id":6,"method":"ping","params":{"clock":1}}"#,
        #"{"jsonrpc":"2.0","id":5,"method":"ping","params":{"clock":"1"}}"#,
        #"{"jsonrpc":"2.0","id":5,"method":"ping","params":[]}"#,
        #"{"jsonrpc":"2.0","id":5,"method":"notice","params":{"seq":1}}"#,
        #"{"jsonrpc":"2.0","id":5,"method":"notice","params":{"seq":0,"statement":"text"}}"#,
        #"{"jsonrpc":"2.0","id":5,"method":"notice","params":{"seq":-9223372036854775808,"statement":"text"}}"#,
        #"{"jsonrpc":"2.0","id":5,"method":"assert","params":{"calls":[1]}}"#,
        #"{"jsonrpc":"2.0","id":5,"method":"assert","params":{"calls":[{"circuit":"c","orig":"1","dest":["2"]}]}}"#,
        #"{"jsonrpc":"2.0","id":5,"result":{"received":1}}"#, #"{"jsonrpc":"2.0","id":5,"result":{"taken":1}}"#,
        #"{"jsonrpc":"2.0","id":5555,"result":{"clock":1}}"#, #"{"jsonrpc":"2.0","id":5,"error":{"code":-32011}}"#,
        #"{"jsonrpc":"2.0","id":-5,"result":{}}"#, Stranger.helloBack("1001", to: 77),
    ])
    func `a message that is none is a fault, and no more than that`(_ message: String) async throws {
        try await Station.met { station, stranger in
            try await stranger.say(message)
            try await stranger.say(Stranger.ping(id: 1_000))
            #expect(try await stranger.hear(#""id":1000,"#)?.contains("result") == true)
            #expect(try await station.counters?.faults == 1)
            #expect(station.taken.isEmpty && station.assertions.isEmpty)
        }
    }

    @Test func `who goes on like that is let go`() async throws {
        try await Station.met { station, stranger in
            for _ in 0...LinkLimits.quick.mostFaults { try? await stranger.say("{}") }
            #expect(await stranger.isLetGo())
            #expect(station.events.contains { if case .ended(_, .faults) = $0 { true } else { false } })
        }
    }

    @Test func `a method that a later version may have is no fault`() async throws {
        try await Station.met { station, stranger in
            try await stranger.say(#"{"jsonrpc":"2.0","id":5,"method":"later","params":{}}"#)
            #expect(try await stranger.hear(#""id":5,"#)?.contains("-32601") == true)
            #expect(try await station.counters?.faults == 0)
        }
    }

    @Test func `an id is refused for as long as it is in flight`() async throws {
        try await Station.met { station, stranger in
            station.stick(true)
            for sequence in 1...3 { try await stranger.say(Stranger.notice(sequence, id: 7)) }
            for _ in 0..<2 { #expect(try await stranger.hear(#""id":7,"#)?.contains("-32600") == true) }
            station.stick(false)
            #expect(try await stranger.hear(#""id":7,"#)?.contains(#""received":1"#) == true)
            try await stranger.say(Stranger.notice(2, id: 7))
            #expect(try await stranger.hear(#""id":7,"#)?.contains(#""received":2"#) == true)
            #expect(station.taken.count == 2)
        }
    }

    @Test func `messages take effect once and in their order, however they come`() async throws {
        try await Station.met { station, stranger in
            for (id, (sequence, answer)) in [
                (1, #""received":1"#), (3, "-32011"), (1, #""received":1"#), (2, #""received":2"#), (9, "-32011"),
                (3, #""received":3"#), (2, #""received":2"#),
            ].enumerated() {
                try await stranger.say(Stranger.notice(sequence, id: id + 10, statement: "\(sequence)"))
                #expect(try await stranger.hear(#""id":\#(id + 10),"#)?.contains(answer) == true)
            }
            #expect(station.taken == ["1", "2", "3"])
            let counters = try #require(try await station.counters)
            #expect(counters.taken == 5 && counters.outOfOrder == 2 && counters.faults == 0)
        }
    }

    @Test func `who sends many statements that are refused is let go, and they count as received`() async throws {
        try await Station.met { station, stranger in
            station.refuse("its signature is wrong")
            for sequence in 1...LinkLimits.quick.mostFaults {
                try await stranger.say(Stranger.notice(sequence, id: sequence + 1))
                #expect(try await stranger.hear(#""id":\#(sequence + 1),"#)?.contains("received") == true)
            }
            try await stranger.say(Stranger.notice(99, id: 99))
            #expect(await stranger.isLetGo())
            #expect(station.ended(.faults("its signature is wrong")))
        }
    }

    @Test func `more calls than were handed over are never counted as taken`() async throws {
        try await Station.met { station, stranger in
            for round in 1...3 {
                station.node.handOver(
                    [AssertedCall(circuit: "c", orig: "1", dest: ["2"], identity: "\(round)", call: nil)], to: "1001")
                let heard = try #require(try await stranger.hear(#""method":"assert""#))
                let id = heard.prefix { $0 != "m" }.filter(\.isNumber).dropFirst(2)
                try await stranger.say(#"{"jsonrpc":"2.0","id":\#(id),"result":{"taken":\#(Int.max)}}"#)
                try await stranger.say(Stranger.ping(id: 100 + round))
                #expect(try await stranger.hear(#""id":10\#(round),"#) != nil)
            }
            let counters = try #require(try await station.counters)
            #expect(counters.handoversTaken == 0 && counters.faults == 3)
        }
    }

    @Test func `what was not sent cannot be acknowledged`() async throws {
        try await Station.met { station, stranger in
            try station.store.send(SignedStatement(unverified: "text"), .notice, to: "1001", at: 1)
            station.node.wake(["1001"])
            let heard = try #require(try await stranger.hear(#""method":"notice""#))
            let id = heard.prefix { $0 != "m" }.filter(\.isNumber).dropFirst(2)
            try await stranger.say(#"{"jsonrpc":"2.0","id":\#(id),"result":{"received":\#(Int.max)}}"#)
            try await stranger.say(Stranger.ping(id: 100))
            #expect(try await stranger.hear(#""id":100,"#) != nil)
            let counters = try #require(try await station.counters)
            #expect(counters.faults == 1 && counters.acknowledged == 0)
            #expect(try station.store.outgoing(to: "1001", after: 0, limit: 9).count == 1)
        }
    }

    @Test func `a known number that no peer can have is no hello`() async throws {
        try await Station.alone { station in
            try await Stranger.dialling(station.port, as: linkPKI.linkParty("1001")) { stranger in
                let known = #","known":{"instance":"\#(station.store.instance)","received":\#(Int.max)}"#
                try await stranger.say(Stranger.hello("1001", more: known))
                #expect(await stranger.isLetGo())
            }
            #expect(try await station.counters?.linked == 0)
        }
    }

    @Test func `a message that is begun and never ended ends a link`() async throws {
        var limits = LinkLimits.quick
        limits.unfinishedMessage = .milliseconds(300)
        try await Station.met(limits: limits) { station, stranger in
            try await stranger.shout("100000:")
            // A byte for each heartbeat, so that it is never silent.
            while try await stranger.hear() != nil { try? await stranger.shout("x") }
            #expect(station.ended(.unfinishedMessage))
        }
    }

    @Test func `who is silent is let go, though the connection is up`() async throws {
        var limits = LinkLimits.quick
        limits.silence = .milliseconds(500)
        try await Station.met(limits: limits) { station, stranger in
            #expect(await stranger.isLetGo())
            #expect(station.ended(.silent))
        }
    }

    @Test func `who does not read is let go`() async throws {
        var limits = LinkLimits.quick
        (limits.unsentHigh, limits.unsentLow, limits.slowReader) = (262_144, 65_536, .milliseconds(500))
        try await Station.met(limits: limits, head: String(repeating: "h", count: 100_000)) { station, stranger in
            try await stranger.stopReading()
            for id in 2...200 { try? await stranger.say(Stranger.ping(id: id)) }
            try await eventually("its end") { station.ended(.slowReader) ? true : nil }
            try await eventually("the end of its socket") {
                (try? await stranger.say(Stranger.ping(id: 1_000))) == nil ? true : nil
            }
        }
    }

    /// More is on its way to it than the system takes, and behind that an answer that says why.
    @Test func `who is let go and does not read it keeps no socket`() async throws {
        try await Station.met(head: String(repeating: "h", count: 4_000_000)) { station, stranger in
            try await stranger.stopReading()
            let messages =
                (2...9).map { Stranger.ping(id: $0) } + [#"{"jsonrpc":"2.0","id":10,"method":"later","params":{}}"#]
                + Array(repeating: "{}", count: LinkLimits.quick.mostFaults + 1)
            try await stranger.shout(messages.map { "\($0.utf8.count):\($0)," }.joined())
            try await eventually("its end") {
                station.events.contains { if case .ended(_, .faults) = $0 { true } else { false } } ? true : nil
            }
            try await eventually("the end of its socket") {
                (try? await stranger.say(Stranger.ping(id: 1_000))) == nil ? true : nil
            }
        }
    }

    @Test func `who sends too much is read more slowly, and answered`() async throws {
        var limits = LinkLimits.quick
        limits.messagesPerSecond = 200
        try await Station.met(limits: limits) { station, stranger in
            // All at once, so that a busy machine does not spread them out.
            let frames = (2...500).map { Stranger.ping(id: $0) }.map { "\($0.utf8.count):\($0)," }
            try await stranger.shout(frames.joined())
            for id in 2...500 { #expect(try await stranger.hear(#""id":\#(id),"#) != nil) }
            let counters = try #require(try await station.counters)
            #expect(counters.slowedDown > 0 && counters.faults == 0)
        }
    }

    @Test func `strangers that say nothing take no place of those who are known`() async throws {
        var limits = LinkLimits.quick
        (limits.strangers, limits.greeting) = (2, .seconds(60))
        try await Station.met(limits: limits) { station, stranger in
            func silent() async throws -> any Channel {
                try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                    .connect(host: "127.0.0.1", port: station.port).get()
            }
            let first = try await silent(), second = try await silent(), third = try await silent()
            try await third.closeFuture.get()
            #expect(try await station.node.strangers() == ["strangers": 1])
            try await stranger.say(Stranger.ping(id: 5))
            #expect(try await stranger.hear(#""id":5,"#) != nil)
            try await first.close()
            try await second.close()
            _ = try await eventually("room") { try await station.node.strangers()["handshake"] == 2 ? true : nil }
            try await Stranger.dialling(station.port, as: linkPKI.linkParty("1001")) { another in
                try await another.say(Stranger.hello("1001"))
                #expect(try await another.hear("result") != nil)
            }
        }
    }

    @Test func `a peer whose messages get nowhere holds up no other`() async throws {
        try await Station.alone(peers: ["1001", "1003"]) { station in
            try await Stranger.dialling(station.port, as: linkPKI.linkParty("1001")) { stuck in
                try await stuck.say(Stranger.hello("1001"))
                station.stick(true, peer: "1001")
                for sequence in 1...600 { try await stuck.say(Stranger.notice(sequence, id: sequence + 1)) }
                _ = try await eventually("a pause") {
                    try await station.counters.map { $0.slowedDown > 0 ? true : nil }
                }
                try await Stranger.dialling(station.port, as: linkPKI.linkParty("1003")) { other in
                    try await other.say(Stranger.hello("1003"))
                    for sequence in 1...100 {
                        try await other.say(Stranger.notice(sequence, id: sequence + 1))
                        #expect(try await other.hear(#""id":\#(sequence + 1),"#)?.contains("received") == true)
                    }
                }
                #expect(station.taken.count == 100)
                station.stick(false, peer: "1001")
                #expect(try await stuck.hear(#""received":600"#) != nil)
            }
        }
    }
}
