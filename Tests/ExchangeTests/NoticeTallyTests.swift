import Exchange
import Testing

@Suite struct NoticeTallyTests {
    let tally = NoticeTally()

    private func due(_ now: Int) -> [String] { tally.due(at: now).map { "\($0.peer) \($0.calls)" } }

    @Test func `what a peer says is told at once, and what it says then a minute later in one`() {
        tally.add(3, of: "2002")
        #expect(due(100) == ["2002 3"])
        tally.add(4, of: "2002")
        tally.add(5, of: "2002")
        #expect(due(159) == [])
        #expect(due(160) == ["2002 9"])
        #expect(due(500) == [])
    }

    @Test func `no peer waits for another, nor for a clock that was put back`() {
        tally.add(1, of: "2002")
        #expect(due(100) == ["2002 1"])
        tally.add(1, of: "2002")
        tally.add(1, of: "1001")
        #expect(due(101) == ["1001 1"])
        #expect(due(50) == ["2002 1"])
    }

    @Test func `no count of a peer overflows`() {
        for _ in 0..<2 { tally.add(.max, of: "2002") }
        #expect(due(1) == ["2002 \(Int.max)"])
    }
}
