/// Tells operators that a certificate is to be replaced: at once when that becomes more urgent, and again from time to time.
package struct RotationAlarm: Sendable {
    private var told: (urgency: RotationUrgency, at: Int)?

    package init() {}

    /// What is to be said now; nil for nothing.
    package mutating func urgencyToTell(
        notBefore: Int, notAfter: Int, rotateDays: Int, at now: Int
    ) -> RotationUrgency? {
        let urgency = RotationUrgency(notBefore: notBefore, notAfter: notAfter, rotateDays: rotateDays, at: now)
        guard urgency > .notYet else {
            told = nil
            return nil
        }
        if let told, told.urgency >= urgency, now - told.at < Self.pause(urgency) { return nil }
        told = (urgency, now)
        return urgency
    }

    private static func pause(_ urgency: RotationUrgency) -> Int { urgency == .due ? 86_400 : 3_600 }
}
