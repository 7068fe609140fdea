package import NumberPlan
internal import Synchronization

/// How often each rule has decided, what each trunk has been caught at, and who is to be told of at once.
package final class RuleCounts: Sendable {
    package struct Figures: Sendable {
        package fileprivate(set) var byRule: [CLIRule: Int] = [:]
        /// Calls that passed without a token, and would not once their peer must sign (N13).
        package fileprivate(set) var notYetRequired = 0
        /// By trunk. The names are those of the ledger, so they are bounded.
        package fileprivate(set) var offences: [String: [CLIOffence: Int]] = [:]
    }

    /// Somebody shows a number that people obey (N15).
    package struct Spoofing: Hashable, Sendable {
        package let number: TelephoneNumber
        package let trunk: String
    }

    private struct State {
        var figures = Figures()
        var hour = Int.min
        var told: Set<Spoofing> = []
        var untold: [Spoofing] = []
    }

    /// Told of in an hour: enough for people to look into.
    private static let mostTold = 256

    private let state = Mutex(State())

    package init() {}

    package var figures: Figures { state.withLock { $0.figures } }

    package func note(_ rule: CLIRule) { state.withLock { $0.figures.byRule[rule, default: 0] += 1 } }

    package func noteNotYetRequired() { state.withLock { $0.figures.notYetRequired += 1 } }

    /// - Parameter trunk: one of the ledger's.
    package func note(_ offence: CLIOffence, on trunk: String) {
        state.withLock { $0.figures.offences[trunk, default: [:]][offence, default: 0] += 1 }
    }

    /// - Parameter now: Unix time.
    package func noteSpoofing(of number: TelephoneNumber, on trunk: String, at now: Int) {
        let spoofing = Spoofing(number: number, trunk: trunk)
        state.withLock { state in
            if now / 3_600 != state.hour { (state.hour, state.told) = (now / 3_600, []) }
            guard state.told.count < Self.mostTold, state.told.insert(spoofing).inserted else { return }
            state.untold.append(spoofing)
        }
    }

    /// Those not yet taken: each number and trunk once an hour.
    package func takeSpoofings() -> [Spoofing] {
        state.withLock { state in
            defer { state.untold = [] }
            return state.untold
        }
    }
}
