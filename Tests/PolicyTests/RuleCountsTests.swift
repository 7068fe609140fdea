import NumberPlan
import Policy
import Testing

@Suite struct `What the rules have come to` {
    @Test func `is counted by rule and by trunk`() {
        let counts = RuleCounts()
        for _ in 0..<3 { counts.note(.syntax) }
        counts.note(.foreign)
        counts.noteNotYetRequired()
        counts.note(.hidden, on: "ent-1")
        counts.note(.hidden, on: "ent-1")
        counts.note(.altered, on: "ic-1")
        #expect(counts.figures.byRule == [.syntax: 3, .foreign: 1])
        #expect(counts.figures.notYetRequired == 1)
        #expect(counts.figures.offences == ["ent-1": [.hidden: 2], "ic-1": [.altered: 1]])
    }

    @Test func `is told of once an hour for each number and trunk`() {
        let counts = RuleCounts()
        func spoof(_ text: String, _ trunk: String, _ now: Int) {
            counts.noteSpoofing(of: number(text), on: trunk, at: now)
        }
        for _ in 0..<2 { spoof("86:110", "ic-1", 3_600) }
        spoof("86:110", "ic-2", 7_199)
        spoof("86:119", "ic-1", 7_199)
        #expect(
            counts.takeSpoofings().map { "\($0.number) \($0.trunk)" } == ["86:110 ic-1", "86:110 ic-2", "86:119 ic-1"])
        #expect(counts.takeSpoofings().isEmpty)
        spoof("86:110", "ic-1", 7_199)
        #expect(counts.takeSpoofings().isEmpty)
        spoof("86:110", "ic-1", 7_200)
        #expect(counts.takeSpoofings().count == 1)
    }

    @Test func `is told of no more often than anybody can read`() {
        let counts = RuleCounts()
        for trunk in 0..<1_000 { counts.noteSpoofing(of: number("86:110"), on: "t\(trunk)", at: 0) }
        #expect(counts.takeSpoofings().count == 256)
    }
}
