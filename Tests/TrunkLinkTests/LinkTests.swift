import Exchange
import Testing
import TrunkLink

/// Two carriers and the link between them, over real sockets and TLS.
@Suite struct LinkTests {
    private func with(_ body: (Station, Station) async throws -> Void) async throws {
        let east = try await Station("1001"), west = try await Station("2002")
        do { try await body(east, west) } catch {
            await east.remove()
            await west.remove()
            throw error
        }
        await east.remove()
        await west.remove()
    }

    @Test func `both say who they are, and each learns how far the other's clock is`() async throws {
        try await with { east, west in
            east.peer(with: west)
            west.peer(with: east, dials: false)
            let status = try await eventually("a heartbeat") { () -> LinkStatus? in
                guard let status = try await east.status(of: west), status.clockOffset != nil else { return nil }
                return status
            }
            #expect(status.state == .linked)
            #expect(status.hello?.carrier == "2002" && status.hello?.instance == west.store.instance)
            // One clock, and what a busy machine makes of it.
            #expect(abs(try #require(status.clockOffset)) < 5_000)
            let other = try await eventually("the other side") { try await west.status(of: east)?.hello }
            #expect(other.carrier == "1001" && other.instance == east.store.instance)
        }
    }

    @Test(arguments: [(true, true), (true, false), (false, true)])
    func `messages go both ways, whoever dials`(_ eastDials: Bool, _ westDials: Bool) async throws {
        try await with { east, west in
            let texts = (1...300).map(String.init)
            try east.send(texts, to: west)
            east.peer(with: west, dials: eastDials)
            west.peer(with: east, dials: westDials)
            try west.send(texts, to: east)
            _ = try await eventually("300 messages each way") {
                west.taken.count >= 300 && east.taken.count >= 300 ? true : nil
            }
            #expect(west.taken == texts && east.taken == texts)
            _ = try await eventually("acknowledgements") {
                let left =
                    try east.store.outgoing(to: "2002", after: 0, limit: 1)
                    + west.store.outgoing(to: "1001", after: 0, limit: 1)
                return left.isEmpty ? true : nil
            }
        }
    }

    @Test func `what was not acknowledged is sent by the next process, and takes effect once`() async throws {
        try await with { east, west in
            east.peer(with: west)
            west.peer(with: east, dials: false)
            try east.send(["a", "b"], to: west)
            _ = try await eventually("two") { west.taken.count == 2 ? true : nil }
            west.stick(true)
            try east.send(["c", "d"], to: west)
            await east.end()
            let again = try await Station("1001", in: east.folder)
            west.stick(false)
            again.peer(with: west)
            try again.send(["e"], to: west)
            _ = try await eventually("all five") { west.taken.count >= 5 ? true : nil }
            #expect(west.taken == ["a", "b", "c", "d", "e"])
            await again.end()
        }
    }

    @Test func `a peer that lost its data is told all that waits, and new messages after`() async throws {
        try await with { east, west in
            east.peer(with: west)
            west.peer(with: east, dials: false)
            try east.send(["a", "b"], to: west)
            _ = try await eventually("two") { west.taken.count == 2 ? true : nil }
            let port = west.port
            await west.end()
            try east.send(["c"], to: west)
            let stranger = try await Station("2002", port: port)
            stranger.peer(with: east, dials: false)
            _ = try await eventually("what waits") { stranger.taken.count == 1 ? true : nil }
            try east.send(["d"], to: west)
            _ = try await eventually("what comes") { stranger.taken.count == 2 ? true : nil }
            #expect(stranger.taken == ["c", "d"])
            await stranger.remove()
        }
    }

    @Test func `a message that is refused is not sent again, and holds up none`() async throws {
        try await with { east, west in
            east.peer(with: west)
            west.peer(with: east, dials: false)
            west.refuse("its signature is wrong")
            try east.send(["bad"], to: west)
            _ = try await eventually("a refusal") {
                west.events.contains { if case .statementRefused = $0 { true } else { false } } ? true : nil
            }
            west.refuse(nil)
            #expect(try await west.status(of: east)?.counters.refused == 1)
        }
    }

    @Test func `messages that are passed over are no faults, and are told of once`() async throws {
        try await with { east, west in
            func tidings() -> Int {
                west.events.count { if case .statementPassedOver = $0 { true } else { false } }
            }
            east.peer(with: west)
            west.peer(with: east, dials: false)
            let many = (0...LinkLimits.quick.mostFaults).map(String.init)
            for turn in 1...2 {
                west.passOver(true)
                try east.send(many, to: west)
                _ = try await eventually("what is passed over") {
                    try east.store.outgoing(to: "2002", after: 0, limit: 1).isEmpty ? true : nil
                }
                #expect(tidings() == turn)
                west.passOver(false)
                try east.send(["taken"], to: west)
                _ = try await eventually("what is taken") {
                    try await west.status(of: east)?.counters.taken == turn ? true : nil
                }
            }
            let counters = try #require(try await west.status(of: east)?.counters)
            #expect(counters.refused == 2 * many.count && counters.faults == 0)
        }
    }

    @Test func `calls are handed over, in their order and once`() async throws {
        try await with { east, west in
            east.peer(with: west)
            west.peer(with: east, dials: false)
            _ = try await eventually("a link") { try await east.status(of: west)?.hello }
            let texts = (1...1_000).map(String.init)
            for start in stride(from: 0, to: 1_000, by: 50) {
                east.handOver(Array(texts[start..<start + 50]), to: west)
            }
            _ = try await eventually("1,000 calls") { west.assertions.count >= 1_000 ? true : nil }
            #expect(west.assertions.map(\.identity) == texts)
            let counters = try await eventually("answers") { () -> LinkCounters? in
                guard let counters = try await east.status(of: west)?.counters, counters.handoversTaken == 1_000 else {
                    return nil
                }
                return counters
            }
            #expect(counters.handedOver == 1_000 && counters.handoversExpired == 0)
        }
    }

    @Test func `calls handed over before there is a link go when there is one`() async throws {
        try await with { east, west in
            east.peer(with: west)
            east.handOver(["a", "b"], to: west)
            _ = try await eventually("a failure") {
                east.events.contains { if case .notLinked = $0 { true } else { false } } ? true : nil
            }
            west.peer(with: east, dials: false)
            _ = try await eventually("two calls") { west.assertions.count == 2 ? true : nil }
            #expect(west.assertions.map(\.identity) == ["a", "b"])
        }
    }

    @Test func `a peer that was restarted gets again what its inbox has lost, one that was cut off does not`()
        async throws
    {
        try await with { east, west in
            east.peer(with: west)
            west.peer(with: east, dials: false)
            east.handOver(["a"], to: west)
            _ = try await eventually("a call") { west.assertions.count == 1 ? true : nil }
            _ = try await eventually("its answer") {
                try await east.status(of: west)?.counters.handoversTaken == 1 ? true : nil
            }
            // Cut off: the peers' tables forget each other and find each other again.
            west.node.setPeers([])
            _ = try await eventually("the end") { try await east.status(of: west)?.counters.ended == 1 ? true : nil }
            west.peer(with: east, dials: false)
            _ = try await eventually("a second link") {
                try await east.status(of: west)?.counters.linked == 2 ? true : nil
            }
            east.handOver(["b"], to: west)
            _ = try await eventually("a second call") { west.assertions.count == 2 ? true : nil }
            #expect(west.assertions.map(\.identity) == ["a", "b"])
            let port = west.port
            await west.end()
            let again = try await Station("2002", in: west.folder, port: port)
            again.peer(with: east, dials: false)
            _ = try await eventually("both again") { again.assertions.count == 2 ? true : nil }
            #expect(again.assertions.map(\.identity) == ["a", "b"])
            await again.end()
        }
    }

    @Test func `heads travel with the heartbeats`() async throws {
        let east = try await Station("1001", head: "head of east"),
            west = try await Station("2002", head: "head of west")
        east.peer(with: west)
        west.peer(with: east, dials: false)
        _ = try await eventually("heads") { east.heads.isEmpty || west.heads.isEmpty ? nil : true }
        #expect(Set(east.heads) == ["head of west"] && Set(west.heads) == ["head of east"])
        await east.remove()
        await west.remove()
    }

    @Test func `a peer that is suspended is cut off, and comes back when it is not`() async throws {
        try await with { east, west in
            east.peer(with: west)
            west.peer(with: east, dials: false)
            _ = try await eventually("a link") { try await east.status(of: west)?.hello }
            west.node.setPeers([])
            _ = try await eventually("its end") { try await east.status(of: west)?.state != .linked ? true : nil }
            let refused = try await eventually("refusals") { () -> [String: Int]? in
                let refused = try await west.node.strangers()
                return refused["noSuchPeer"] == nil ? nil : refused
            }
            #expect(refused.keys.sorted() == ["noSuchPeer"])
            west.peer(with: east, dials: false)
            _ = try await eventually("a link") { try await east.status(of: west)?.state == .linked ? true : nil }
        }
    }
}
