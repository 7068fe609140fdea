import NumberPlan
import Synchronization
import Terminating
import Testing

/// The table of the manual, row by row, as far as it is the inbox's: which call gets which assertion.
@Suite struct AssertionInboxTests {
    private static let now = 1_000_000, window = 60
    private let inbox = AssertionInbox(capacity: 100, window: window)

    private func call(
        _ orig: String = "8657188880000", _ dest: String = "8613800138000", circuit: String = "c-1",
        peer: String = "1001"
    ) throws -> Assertion.Call {
        Assertion.Call(
            peer: peer, circuit: circuit, orig: try #require(Digits(orig)),
            dest: try #require(Digits(dest)))
    }

    @discardableResult
    private func add(_ identity: String, _ call: Assertion.Call? = nil, at now: Int = now) throws -> Bool {
        inbox.add(Assertion(try call ?? self.call(), identity: identity), at: now)
    }

    private func take(_ call: Assertion.Call? = nil, _ callID: String? = nil, at now: Int = now) throws -> String? {
        inbox.take(try call ?? self.call(), callID: callID, at: now)
    }

    /// What a waiting call was given.
    private final class Given: Sendable {
        private let identities = Mutex<[String]>([])
        var all: [String] { identities.withLock { $0 } }
        func note(_ identity: String) { identities.withLock { $0.append(identity) } }
    }

    @Test func `one assertion serves one call`() throws {
        try add("a")
        #expect(try take() == "a")
        #expect(try take() == nil)
        #expect(inbox.counters.served == 1)
    }

    @Test func `two calls between the same numbers each get one, the oldest first`() throws {
        for identity in ["a", "b"] { try add(identity) }
        #expect(try take(nil, "1") == "a")
        #expect(try take(nil, "2") == "b")
        #expect(try take(nil, "3") == nil)
    }

    @Test func `a call that comes again, by its Call-ID, gets the same`() throws {
        for identity in ["a", "b"] { try add(identity) }
        #expect(try take(nil, "1") == "a")
        #expect(try take(nil, "1") == "a")
        #expect(try take(nil, "2") == "b")
        #expect(try take(nil, "1") == "a")
        #expect(inbox.counters.served == 2)
    }

    @Test func `one that is there twice serves no more calls than one`() throws {
        #expect(try add("a") && add("a"))
        #expect(try take() == "a")
        #expect(try add("a"))
        #expect(try take() == nil)
        #expect(inbox.counters.repeated == 2)
    }

    @Test func `other numbers, another circuit and another carrier are other calls`() throws {
        try add("a")
        #expect(try take(call("8657188880001")) == nil)
        #expect(try take(call("8657188880000", "8613800138001")) == nil)
        #expect(try take(call(circuit: "c-2")) == nil)
        #expect(try take(call(peer: "2002")) == nil)
        #expect(try take() == "a")
    }

    @Test(arguments: [(window - 1, "a"), (window, nil)] as [(Int, String?)])
    func `one is kept for its time, and no longer`(_ seconds: Int, _ expected: String?) throws {
        try add("a")
        #expect(try take(at: Self.now + seconds) == expected)
        #expect(inbox.counters.abandoned == (expected == nil ? 1 : 0))
    }

    @Test func `a call that comes first waits, and gets the first that comes`() throws {
        let given = Given()
        let waits = inbox.wait(for: try call(), callID: nil, at: Self.now) { given.note($0) }
        #expect(waits != nil)
        for identity in ["a", "b"] { try add(identity) }
        #expect(given.all == ["a"])
        #expect(try take() == "b")
    }

    @Test func `calls that wait are served in the order in which they came`() throws {
        let first = Given(), second = Given()
        _ = inbox.wait(for: try call(), callID: "1", at: Self.now) { first.note($0) }
        _ = inbox.wait(for: try call(), callID: "2", at: Self.now) { second.note($0) }
        for identity in ["a", "b"] { try add(identity) }
        #expect(first.all == ["a"] && second.all == ["b"])
        #expect(try take(nil, "1") == "a")
    }

    @Test func `a call that has given up is passed over, and what comes then serves the next`() throws {
        let given = Given()
        let waits = try #require(inbox.wait(for: try call(), callID: nil, at: Self.now) { given.note($0) })
        inbox.giveUp(waits, for: try call())
        try add("a")
        #expect(given.all.isEmpty)
        #expect(inbox.counters.missed == 1)
        #expect(try take() == "a")
    }

    @Test func `one that has come just before a call would wait is given at once`() throws {
        try add("a")
        let given = Given()
        #expect(inbox.wait(for: try call(), callID: nil, at: Self.now) { given.note($0) } == nil)
        #expect(given.all == ["a"])
    }

    @Test func `there is room for so many, which come free again`() throws {
        for number in 0..<100 {
            #expect(try add("\(number)", call("86571888\(10_000 + number)")))
        }
        #expect(try !add("more"))
        #expect(try add("later", at: Self.now + Self.window))
        #expect(inbox.count == 1)
        #expect(inbox.counters.refused == 1 && inbox.counters.abandoned == 100)
    }

    @Test func `there is room for so many of the same numbers`() throws {
        for number in 0..<AssertionInbox.mostAlike { #expect(try add("\(number)")) }
        #expect(try !add("more"))
        #expect(try add("other", call("8657188880001")))
    }

    @Test func `so many calls wait, and no more`() throws {
        let given = Given()
        for _ in 0..<100 {
            #expect(inbox.wait(for: try call(), callID: nil, at: Self.now) { given.note($0) } != nil)
        }
        #expect(inbox.wait(for: try call(), callID: nil, at: Self.now) { given.note($0) } == nil)
        #expect(given.all.isEmpty)
    }

    @Test func `a hundred thousand that come and go leave nothing behind`() throws {
        let inbox = AssertionInbox(capacity: 2_000, window: 1)
        for second in 0..<100 {
            for number in 0..<1_000 {
                let call = try call("8657188\(880_000 + number)")
                #expect(inbox.add(Assertion(call, identity: "\(second)"), at: second))
                if number.isMultiple(of: 2) { #expect(inbox.take(call, callID: nil, at: second) == "\(second)") }
            }
        }
        #expect(inbox.count == 1_000)
        #expect(inbox.counters.served == 50_000 && inbox.counters.abandoned == 49_500)
    }
}
