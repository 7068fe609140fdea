/// When a certificate is to be replaced.
package enum RotationUrgency: Int, Comparable, Sendable, CaseIterable {
    case notYet
    /// It is time to rotate.
    case due
    /// Half of the time that was left for it has gone by, or it ends within a day.
    case overdue
    case expired

    /// From a third of its life before its end, or from so many days if that is earlier.
    package static func dueDate(notBefore: Int, notAfter: Int, rotateDays: Int) -> Int {
        notAfter - margin(notBefore, notAfter, rotateDays)
    }

    package init(notBefore: Int, notAfter: Int, rotateDays: Int, at now: Int) {
        let left = notAfter - now, margin = Self.margin(notBefore, notAfter, rotateDays)
        self =
            switch left {
            case ..<0: .expired
            case ..<max(margin / 2, min(86_400, margin)): .overdue
            case ..<margin: .due
            default: .notYet
            }
    }

    private static func margin(_ notBefore: Int, _ notAfter: Int, _ rotateDays: Int) -> Int {
        max((notAfter - notBefore) / 3, rotateDays * 86_400)
    }

    package static func < (one: RotationUrgency, other: RotationUrgency) -> Bool { one.rawValue < other.rawValue }
}
