internal import Foundation

/// Who changes the ledger, why and when: each change keeps it.
package struct LedgerAct: Sendable {
    package static let longestBy = 64
    package static let longestWhy = 200

    package let by: String
    package let why: String
    /// Says how many seconds have gone by since 1970. It is asked when a change is done: an import may take minutes.
    package let clock: @Sendable () -> Int

    /// Whether two names are one person's, however they are written: two people approve of a trunk.
    package static func isOnePerson(_ one: String, _ other: String) -> Bool { folded(one) == folded(other) }

    static func folded(_ name: String) -> String {
        name.folding(options: [.caseInsensitive, .widthInsensitive], locale: nil)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Whether a name or a reason is one line, and begins and ends with what can be seen: the history is read by people.
    package static func isLegible(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            && text == text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    package init(by: String, why: String, clock: @escaping @Sendable () -> Int) {
        self.by = by
        self.why = why
        self.clock = clock
    }
}
