import NIOCore
import NIOPosix
import Testing
import TrunkProtocol

/// Over real loopback sockets.
@Suite struct ListenerTests {
    private static let group = MultiThreadedEventLoopGroup.singleton

    /// So that a busy machine does not turn answers into expired ones.
    private static let patient: SwitchLimits = {
        var limits = SwitchLimits()
        limits.answerDeadline = .seconds(60)
        return limits
    }()

    private func listener(
        limits: SwitchLimits = patient,
        respond: @escaping @Sendable (SwitchRequest, PendingReply) -> Void = { _, reply in reply.complete(with: .pong)
        },
        allowing: @escaping @Sendable (SocketAddress) -> Bool = { _ in true }
    ) async throws -> SwitchListener {
        try await SwitchListener.bind(
            host: "127.0.0.1", port: 0, name: "switches", limits: limits, group: Self.group, allowing: allowing
        ) { _ in Responder(respond: { request, _, reply in respond(request, reply) }) }
    }

    /// Sends `text`, shuts its side, and returns everything the listener said until it closed.
    private func talk(_ text: String, to listener: SwitchListener) async throws -> String {
        let channel = try await ClientBootstrap(group: Self.group)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(to: listener.address) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            outbound.finish()
            var said = ""
            for try await bytes in inbound { said += String(buffer: bytes) }
            return said
        }
    }

    @Test func `pipelined calls are answered, each with its own answer`() async throws {
        let listener = try await listener()
        let client = try await SwitchClient.connect(
            host: "127.0.0.1", port: listener.address.port!, timeout: .seconds(30))
        try await withThrowingTaskGroup { calls in
            for _ in 0..<200 { calls.addTask { try await client.call("ping") } }
            var answers: Set<[UInt8]> = []
            for try await answer in calls { answers.insert(answer) }
            #expect(answers.count == 200)
        }
        try await client.close()
        try await listener.shutDown()
        let sum = try await listener.counters()
        #expect(sum.requests == 200 && sum.answered == 200 && sum.open == 0)
    }

    @Test func `a client that shuts its side first gets every answer`() async throws {
        let listener = try await listener { _, reply in
            let loop = MultiThreadedEventLoopGroup.currentEventLoop!
            let carried = NIOLoopBound(reply, eventLoop: loop)
            loop.scheduleTask(in: .milliseconds(20)) { carried.value.complete(with: .pong) }
        }
        let pings = (1...50).map { #"{"jsonrpc":"2.0","id":\#($0),"method":"ping"}"# }.joined()
        let answers = try await talk(pings, to: listener)
        #expect(answers.split(separator: "\n").count == 50)
        try await listener.shutDown()
    }

    @Test func `draining answers what is in flight, then closes`() async throws {
        let (arrived, arrival) = AsyncStream.makeStream(of: Void.self)
        let listener = try await listener { _, reply in
            arrival.yield()
            let loop = MultiThreadedEventLoopGroup.currentEventLoop!
            let carried = NIOLoopBound(reply, eventLoop: loop)
            loop.scheduleTask(in: .milliseconds(50)) { carried.value.complete(with: .pong) }
        }
        let port = listener.address.port!
        let client = try await SwitchClient.connect(host: "127.0.0.1", port: port, timeout: .seconds(30))
        async let answer = client.call("ping")
        for await _ in arrived { break }
        try await listener.shutDown()
        #expect(try await String(decoding: answer, as: UTF8.self).contains("pong"))
        await #expect(throws: SwitchClient.Failure.closed) { try await client.call("ping") }
        await #expect(throws: (any Error).self) { try await SwitchClient.connect(host: "127.0.0.1", port: port) }
        let sum = try await listener.counters()
        #expect(sum.answered == 1 && sum.inFlight == 0 && sum.open == 0)
    }

    @Test func `draining does not wait for an answer nobody waits for`() async throws {
        var limits = SwitchLimits()
        limits.answerDeadline = .milliseconds(20)
        limits.farewell = .milliseconds(20)
        let (arrived, arrival) = AsyncStream.makeStream(of: NIOLoopBound<PendingReply>.self)
        let listener = try await listener(limits: limits) { _, reply in
            arrival.yield(NIOLoopBound(reply, eventLoop: MultiThreadedEventLoopGroup.currentEventLoop!))
        }
        let client = try await SwitchClient.connect(
            host: "127.0.0.1", port: listener.address.port!, timeout: .seconds(30))
        let answer = Task { try await client.call("ping") }
        var held: NIOLoopBound<PendingReply>?
        for await reply in arrived {
            held = reply
            break
        }
        try await listener.shutDown()
        await #expect(throws: SwitchClient.Failure.closed) { try await answer.value }
        let reply = try #require(held)
        #expect(try await reply.eventLoop.submit { reply.value.complete(with: .pong) }.get() == false)
        #expect(try await listener.counters().expired == 1)
    }

    @Test func `an address the list does not name is closed unread`() async throws {
        let listener = try await listener(allowing: { $0.ipAddress != "127.0.0.1" })
        let said = try? await talk(SwitchConnectionTests.ping, to: listener)
        #expect(said == nil || said == "")
        #expect(try await listener.counters().notAllowed == 1)
        #expect(try await listener.counters().messages == 0)
        try await listener.shutDown()
    }

    @Test func `a switch that never reads is closed, and what it may pile up is bounded`() async throws {
        var limits = Self.patient
        limits.unsentHigh = 4096
        limits.unsentLow = 1024
        limits.slowReader = .milliseconds(50)
        let identity = String(repeating: "x", count: 7000)
        let listener = try await listener(limits: limits) { _, reply in
            reply.complete(with: .sign(SignReply(identity: identity, attest: "A", origid: "o", iat: 1)))
        }
        let channel = try await ClientBootstrap(group: Self.group)
            .channelOption(.autoRead, value: false)
            .connect(to: listener.address).get()
        let pings = String(repeating: netstring(SwitchConnectionTests.ping), count: 20_000)
        channel.writeAndFlush(ByteBuffer(string: pings), promise: nil)
        while try await listener.counters().slowReaders == 0 { await Task.yield() }
        #expect(try await listener.counters().answered < 20_000)
        channel.close(promise: nil)
        try await listener.shutDown()
    }

    @Test func `a call nobody answers times out`() async throws {
        let (replies, hold) = AsyncStream.makeStream(of: NIOLoopBound<PendingReply>.self)
        let listener = try await listener(limits: SwitchLimits()) { _, reply in
            hold.yield(NIOLoopBound(reply, eventLoop: MultiThreadedEventLoopGroup.currentEventLoop!))
        }
        let client = try await SwitchClient.connect(
            host: "127.0.0.1", port: listener.address.port!, timeout: .milliseconds(20))
        await #expect(throws: SwitchClient.Failure.timedOut) { try await client.call("ping") }
        try await client.close()
        // What is held holds its connection, and so the listener that holds this stream.
        hold.finish()
        for await _ in replies {}
        try await listener.shutDown()
    }

    /// Sends in random pieces, then shuts its side or vanishes; the number of answers if it stayed to count them.
    private func visit(_ listener: SwitchListener, seed: UInt64, requests: Int) async throws -> Int? {
        var random = Seeded(state: seed)
        let vanishes = seed % 5 == 0
        let isNetstring = seed.isMultiple(of: 2)
        let text = (1...requests).map { id in
            let ping = #"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"#
            return isNetstring ? netstring(ping) : ping
        }.joined()
        let channel = try await ClientBootstrap(group: Self.group)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(to: listener.address) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        return try await channel.executeThenClose { inbound, outbound -> Int? in
            var rest = text.utf8[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...400, using: &random))
                try await outbound.write(ByteBuffer(bytes: piece))
                rest = rest.dropFirst(piece.count)
            }
            guard !vanishes else { return nil }
            outbound.finish()
            var answers = 0  // The letter l stands once in each answer: in "result".
            for try await bytes in inbound { answers += bytes.readableBytesView.count { $0 == UInt8(ascii: "l") } }
            return answers
        }
    }

    @Test func `a crowd in pieces, of which some vanish, leaves counters that add up`() async throws {
        let listener = try await listener(limits: Self.patient) { _, reply in
            let loop = MultiThreadedEventLoopGroup.currentEventLoop!
            guard case .integer(let id) = reply.id, id % 3 == 0 else {
                reply.complete(with: .pong)
                return
            }
            let carried = NIOLoopBound(reply, eventLoop: loop)
            loop.scheduleTask(in: .microseconds(Int64(id) * 10)) { carried.value.complete(with: .pong) }
        }
        try await withThrowingTaskGroup(of: Int?.self) { visits in
            for seed in 0..<40 { visits.addTask { try await visit(listener, seed: UInt64(seed), requests: 300) } }
            for try await answers in visits { #expect(answers == nil || answers == 300) }
        }
        try await listener.shutDown()
        let sum = try await listener.counters()
        #expect(sum.connections == 40 && sum.open == 0 && sum.inFlight == 0 && sum.busy == 0 && sum.expired == 0)
        #expect(sum.requests == sum.messages && sum.requests == sum.answered + sum.orphaned)
        #expect(sum.requests >= 32 * 300)
    }
}
