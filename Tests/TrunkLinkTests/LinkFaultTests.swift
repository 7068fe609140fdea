import Exchange
import NIOCore
import Testing
import TrunkLink

/// Two carriers, and a network between them that does what networks do.
@Suite(.serialized) struct LinkFaultTests {
    /// East dials through `relay`; west does as well where there is a second one.
    private func through(
        limits: LinkLimits = .quick, ahead: Int = 0, bothDial: Bool = false,
        _ body: (_ east: Station, _ west: Station, _ relays: [Relay]) async throws -> Void
    ) async throws {
        let east = try await Station("1001", limits: limits)
        let west = try await Station("2002", limits: limits, ahead: ahead)
        var relays = [try await Relay(to: west.port)]
        if bothDial { relays.append(try await Relay(to: east.port)) }
        east.peer(with: west, port: relays[0].port)
        west.peer(with: east, dials: bothDial, port: relays.last?.port)
        do { try await body(east, west, relays) } catch {
            Issue.record("\(error): \(east.events.suffix(3)), \(west.events.suffix(3))")
        }
        await east.remove()
        await west.remove()
        for relay in relays { await relay.close() }
    }

    private func texts(_ range: ClosedRange<Int>) -> [String] { range.map(String.init) }

    @Test(arguments: [false, true])
    func `whatever is cut, messages come once and in their order`(_ bothDial: Bool) async throws {
        try await through(bothDial: bothDial) { east, west, relays in
            for round in 0..<10 {
                try east.send(texts(round * 50 + 1...round * 50 + 50), to: west)
                try west.send(texts(round * 50 + 1...round * 50 + 50), to: east)
                // Somewhere in the middle of them.
                try await eventually("some of round \(round)") {
                    west.taken.count > round * 50 + 20 && east.taken.count > round * 50 + 20 ? true : nil
                }
                for relay in relays { relay.cut() }
            }
            try await eventually("500 messages each way") {
                west.taken.count >= 500 && east.taken.count >= 500 ? true : nil
            }
            #expect(west.taken == texts(1...500) && east.taken == texts(1...500))
            #expect(try #require(try await east.status(of: west)).counters.linked > 1)
        }
    }

    /// What one says of the other's messages is then older than what it acknowledges over the other connection.
    @Test func `with two connections and 200 ms to go nothing is taken for lost`() async throws {
        try await through(bothDial: true) { east, west, relays in
            relays[0].change(.delays(milliseconds: 50))
            relays[1].change(.delays(milliseconds: 200))
            for round in 1...20 {
                try east.send(["\(round)"], to: west)
                try west.send(["\(round)"], to: east)
                try await eventually("message \(round)") {
                    west.taken.count >= round && east.taken.count >= round ? true : nil
                }
                relays[round % 2].cut()
            }
            #expect(west.taken == texts(1...20) && east.taken == texts(1...20))
        }
    }

    @Test func `a clock that is 30 s ahead is seen, with 200 ms to go each way`() async throws {
        try await through(ahead: 30_000) { east, west, relays in
            relays[0].change(.delays(milliseconds: 200))
            relays[0].cut()
            let status = try await eventually("a heartbeat through the delay") { () -> LinkStatus? in
                guard let status = try await east.status(of: west), let trip = status.roundTrip, trip >= 400 else {
                    // Those that came before the delay are the fastest of the last nine.
                    return nil
                }
                return status
            }
            let offset = try #require(status.clockOffset), trip = try #require(status.roundTrip)
            // Half of the way there and back is all that can be wrong.
            #expect(abs(offset - 30_000) <= trip / 2 + 2)
        }
    }

    @Test func `a connection that is half-open is given up, and what was lost in it is sent again`() async throws {
        var limits = LinkLimits.quick
        limits.silence = .milliseconds(1_000)
        try await through(limits: limits) { east, west, relays in
            try east.send(texts(1...10), to: west)
            try await eventually("ten") { west.taken.count == 10 ? true : nil }
            relays[0].change(.swallows)
            try east.send(texts(11...20), to: west)
            try west.send(["a"], to: east)
            try await eventually("its end at both") { east.ended(.silent) && west.ended(.silent) ? true : nil }
            relays[0].change(.passes)
            try await eventually("the rest") { west.taken.count >= 20 && east.taken.count >= 1 ? true : nil }
            #expect(west.taken == texts(1...20) && east.taken == ["a"])
        }
    }

    @Test func `a stall that ends in time ends nothing`() async throws {
        var limits = LinkLimits.quick
        // No machine is so busy that the stall takes longer.
        limits.silence = .seconds(120)
        try await through(limits: limits) { east, west, relays in
            try east.send(texts(1...10), to: west)
            try await eventually("ten") { west.taken.count == 10 ? true : nil }
            let before = try #require(try await east.status(of: west)).counters
            relays[0].change(.stalls)
            try east.send(texts(11...300), to: west)
            try await eventually("a full window") { () -> Bool? in
                guard let counters = try await east.status(of: west)?.counters else { return nil }
                // What says that the tenth is there may be held back as well.
                return counters.sent == counters.acknowledged + LinkLimits.quick.window ? true : nil
            }
            relays[0].change(.passes)
            try await eventually("the rest") { west.taken.count >= 300 ? true : nil }
            #expect(west.taken == texts(1...300))
            let counters = try #require(try await east.status(of: west)).counters
            #expect(
                counters.linked == before.linked && counters.sentAgain == before.sentAgain,
                "\(before) \(counters) \(east.events) \(west.events)")
        }
    }

    @Test func `what comes a byte at a time comes`() async throws {
        try await through { east, west, relays in
            relays[0].change(.crumbles)
            relays[0].cut()
            try east.send(texts(1...20), to: west)
            east.handOver(["a", "b"], to: west)
            try await eventually("all") { west.taken.count >= 20 && west.assertions.count >= 2 ? true : nil }
            #expect(west.taken == texts(1...20) && west.assertions.map(\.identity) == ["a", "b"])
        }
    }

    @Test func `a peer that comes back without its data is sent what it has not had, in both directions`() async throws
    {
        try await through { east, west, _ in
            try east.send(texts(1...5), to: west)
            try west.send(texts(1...5), to: east)
            try await eventually("five each way") { west.taken.count == 5 && east.taken.count == 5 ? true : nil }
            let port = west.port
            await west.end()
            try east.send(texts(6...8), to: west)
            let reborn = try await Station("2002", port: port)
            reborn.peer(with: east, dials: false)
            try reborn.send(["first"], to: east)
            try await eventually("what waited") { reborn.taken.count >= 3 && east.taken.count >= 6 ? true : nil }
            try east.send(["9"], to: reborn)
            try await eventually("what comes") { reborn.taken.count >= 4 ? true : nil }
            #expect(reborn.taken == texts(6...9) && east.taken == texts(1...5) + ["first"])
            await reborn.remove()
        }
    }

    @Test func `calls that nobody takes while their tokens are fresh are not handed over later`() async throws {
        var limits = LinkLimits.quick
        limits.assertionLife = 1
        try await through(limits: limits) { east, west, relays in
            relays[0].change(.stalls)
            relays[0].cut()
            east.handOver(["stale"], to: west)
            try await Task.sleep(for: .milliseconds(1_100))
            relays[0].change(.passes)
            relays[0].cut()
            try await eventually("a link") { try await east.status(of: west)?.state == .linked ? true : nil }
            east.handOver(["fresh"], to: west)
            try await eventually("a call") { west.assertions.isEmpty ? nil : true }
            #expect(west.assertions.map(\.identity) == ["fresh"])
            #expect(try #require(try await east.status(of: west)).counters.handoversExpired == 1)
        }
    }

    @Test func `a message that could not be kept is sent again until it can`() async throws {
        try await through { east, west, _ in
            west.fail(true)
            try east.send(texts(1...100), to: west)
            try await eventually("failures") {
                west.events.contains { if case .mailboxFailed = $0 { true } else { false } } ? true : nil
            }
            west.fail(false)
            try await eventually("all") { west.taken.count >= 100 ? true : nil }
            #expect(west.taken == texts(1...100))
            #expect(try #require(try await east.status(of: west)).counters.linked == 1)
        }
    }

    @Test func `a node that is shut down while its mailbox works ends with it`() async throws {
        try await through { east, west, _ in
            west.stick(true)
            try east.send(["a"], to: west)
            try await eventually("a message under way") {
                try await east.status(of: west)?.counters.sent == 1 ? true : nil
            }
            async let down: Void = west.node.shutDown()
            try await eventually("the end of its links") {
                try await east.status(of: west)?.state != .linked ? true : nil
            }
            west.stick(false)
            await down
            try await eventually("its end") { try await east.status(of: west)?.state != .linked ? true : nil }
            #expect(try east.store.outgoing(to: "2002", after: 0, limit: 9).count == 1)
        }
    }
}
