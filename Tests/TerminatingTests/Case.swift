import Terminating
import Testing

/// A scene that differs from the valid one in one thing, and what must come of it.
struct Case: Sendable, CustomTestStringConvertible {
    /// What `verstat` says of the number.
    enum Says: Sendable { case passed, failed, nothing, failedIfStrict }

    let name: String
    let finding: Finding
    let code: Int
    let reason: String
    let says: Says
    /// The level that was legible.
    let level: String?
    let action: Verdict.Action
    let alter: @Sendable (inout Scene) -> Void

    init(
        _ name: String, _ finding: Finding, _ code: Int, _ reason: String, _ says: Says, level: String? = "A",
        action: Verdict.Action = .block, alter: @escaping @Sendable (inout Scene) -> Void
    ) {
        self.name = name
        self.finding = finding
        self.code = code
        self.reason = reason
        self.says = says
        self.level = level
        self.action = action
        self.alter = alter
    }

    var testDescription: String { name }

    func scene(
        _ mode: VerificationSettings.Mode = .atis82, _ profile: VerificationSettings.VerstatProfile = .plain
    ) -> Scene {
        var scene = Scene()
        alter(&scene)
        scene.settings.mode = mode
        scene.settings.verstatProfile = profile
        return scene
    }

    /// Written down from table OUT and row OUT-09, not from the code.
    func verstat(_ mode: VerificationSettings.Mode, _ profile: VerificationSettings.VerstatProfile) -> String {
        let level = level.map { "-\($0)" } ?? ""
        switch (says, mode, profile) {
        case (.nothing, _, _), (.failedIfStrict, .atis82, _): return "No-TN-Validation"
        case (.passed, _, .plain): return "TN-Validation-Passed"
        case (.passed, _, .telnyx): return "TN-Validation-Passed" + (level == "-A" ? "" : level)
        case (.passed, _, .suffixed): return "TN-Validation-Passed" + level
        case (.failed, _, .plain), (.failed, _, .telnyx), (.failedIfStrict, .strict, .plain),
            (.failedIfStrict, .strict, .telnyx):
            return "TN-Validation-Failed"
        case (.failed, _, .suffixed), (.failedIfStrict, .strict, .suffixed): return "TN-Validation-Failed" + level
        }
    }
}

/// Runs the case in both modes and all three profiles.
func expect(_ row: Case) async {
    for mode in VerificationSettings.Mode.allCases {
        for profile in VerificationSettings.VerstatProfile.allCases {
            let verdict = await row.scene(mode, profile).verdict()
            #expect(verdict.finding == row.finding)
            #expect(verdict.outcome.code.number == row.code)
            #expect(verdict.outcome.reason == row.reason)
            #expect(verdict.verstat == row.verstat(mode, profile), "\(mode) \(profile)")
            #expect(verdict.action == row.action)
            #expect(verdict.isValid == (row.finding == .valid))
        }
    }
}
