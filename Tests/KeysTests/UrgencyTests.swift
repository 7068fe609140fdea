import Keys
import Testing

@Suite struct UrgencyTests {
    private static let day = 86_400

    /// A certificate from day 0 to day 30.
    @Test(arguments: [
        (0, 0, RotationUrgency.notYet), (19, 0, .notYet), (20, 0, .notYet), (21, 0, .due), (25, 0, .due),
        (26, 0, .overdue), (30, 0, .overdue), (31, 0, .expired), (15, 14, .notYet), (17, 14, .due), (24, 14, .overdue),
        (25, 5, .due),
    ])
    func `a third of its life before its end it is time, or so many days if that is earlier`(
        day: Int, rotateDays: Int, urgency: RotationUrgency
    ) {
        #expect(
            RotationUrgency(
                notBefore: 0, notAfter: 30 * Self.day, rotateDays: rotateDays, at: day * Self.day) == urgency)
        let due = RotationUrgency.dueDate(notBefore: 0, notAfter: 30 * Self.day, rotateDays: rotateDays)
        #expect((day * Self.day <= due) == (urgency == .notYet))
    }

    @Test func `the last day is always urgent, of a certificate that lives longer than that`() {
        #expect(RotationUrgency(notBefore: 0, notAfter: 4 * Self.day, rotateDays: 0, at: 3 * Self.day + 1) == .overdue)
        #expect(RotationUrgency(notBefore: 0, notAfter: 3_600, rotateDays: 0, at: 1_000) == .notYet)
    }

    @Test func `it is told when it becomes more urgent, and from time to time`() {
        var alarm = RotationAlarm()
        let told = stride(from: 0, to: 32 * Self.day, by: 600).compactMap { now in
            alarm.urgencyToTell(notBefore: 0, notAfter: 30 * Self.day, rotateDays: 0, at: now)
        }
        #expect(told.count { $0 == .due } == 5)
        #expect(told.count { $0 == .overdue } == 5 * 24)
        #expect(told.count { $0 == .expired } == 2 * 24)
        #expect(told == told.sorted())
    }

    @Test func `a new certificate ends the alarm`() {
        var alarm = RotationAlarm()
        #expect(alarm.urgencyToTell(notBefore: 0, notAfter: 100, rotateDays: 0, at: 99) == .overdue)
        #expect(alarm.urgencyToTell(notBefore: 0, notAfter: 1_000, rotateDays: 0, at: 99) == nil)
        #expect(alarm.urgencyToTell(notBefore: 0, notAfter: 100, rotateDays: 0, at: 99) == .overdue)
    }
}
