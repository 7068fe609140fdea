import Ledger
import Testing

@Suite struct LedgerAlarmTests {
    /// Of failures one after the other, which are told; nil is when all went well.
    private func told(_ failures: [(reason: String?, at: Int)]) -> [Bool] {
        var alarm = LedgerAlarm()
        return failures.map { reason, now in
            reason.map { alarm.isToBeTold($0, at: now) } ?? alarm.isOver()
        }
    }

    @Test func `an operator is told at once, of another reason at once, and each minute`() {
        let failures = [("a", 100), ("a", 100), ("a", 159), ("a", 160), ("a", 161), ("b", 162), ("b", 163), ("a", 164)]
        #expect(told(failures) == [true, false, false, true, false, true, false, true])
    }

    @Test func `it is over once, and then begins anew`() {
        #expect(told([(nil, 99), ("a", 100), (nil, 101), (nil, 102), ("a", 103)]) == [false, true, true, false, true])
    }

    @Test func `it goes by a clock that was set back`() {
        #expect(told([("a", 100_000), ("a", 500), ("a", 559)]) == [true, true, false])
    }
}
