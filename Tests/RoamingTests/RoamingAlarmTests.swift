import Roaming
import Testing

@Suite struct `The alarm about a service` {
    @Test func `is told when it begins, each hour, and when it is over`() {
        var alarm = RoamingAlarm()
        #expect(alarm.takeTidings(isConnected: true, at: 0) == nil)
        alarm.note(.timedOut)
        #expect(alarm.takeTidings(isConnected: true, at: 100) == .fails(.timedOut))
        alarm.note(.notConnected)
        #expect(alarm.takeTidings(isConnected: false, at: 105) == nil)
        #expect(alarm.takeTidings(isConnected: false, at: 3_699) == nil)
        #expect(alarm.takeTidings(isConnected: false, at: 3_700) == .fails(.notConnected))
        #expect(alarm.takeTidings(isConnected: false, at: 3_701) == nil)
        #expect(alarm.takeTidings(isConnected: true, at: 3_702) == .worksAgain)
        #expect(alarm.takeTidings(isConnected: true, at: 9_999) == nil)
    }

    @Test func `is over ten seconds after the last failure, and not while there is no connection`() {
        var alarm = RoamingAlarm()
        alarm.note(.notAnAnswer)
        #expect(alarm.takeTidings(isConnected: true, at: 100) == .fails(.notAnAnswer))
        #expect(alarm.takeTidings(isConnected: true, at: 109) == nil)
        alarm.note(.notAnAnswer)
        #expect(alarm.takeTidings(isConnected: true, at: 110) == nil)
        #expect(alarm.takeTidings(isConnected: true, at: 119) == nil)
        #expect(alarm.takeTidings(isConnected: false, at: 120) == nil)
        #expect(alarm.takeTidings(isConnected: true, at: 121) == .worksAgain)
    }

    @Test func `is not told more than twice in ten seconds of a service that comes and goes`() {
        var alarm = RoamingAlarm()
        let told = (0..<100).count { second in
            if second % 2 == 0 { alarm.note(.notConnected) }
            return alarm.takeTidings(isConnected: second % 2 == 1, at: second) != nil
        }
        #expect(told == 1)
    }

    @Test func `goes by a clock that was set back`() {
        var alarm = RoamingAlarm()
        alarm.note(.timedOut)
        #expect(alarm.takeTidings(isConnected: false, at: 100_000) == .fails(.timedOut))
        #expect(alarm.takeTidings(isConnected: false, at: 500) == .fails(.timedOut))
        #expect(alarm.takeTidings(isConnected: true, at: 501) == .worksAgain)
    }
}
