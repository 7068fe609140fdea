package import Ledger
package import NumberPlan

/// What the rules say of the number that a call shows on a trunk, before any token is looked at.
package enum CLIRuling: Hashable, Sendable {
    /// To emergency numbers: nothing else is asked.
    case emergency
    case refused(CLIRule, GrantFault?)
    /// Nothing can be said before somebody has said where this number's subscriber is.
    case asksRoaming(TelephoneNumber)
    /// A subscriber of ours who is abroad.
    case roaming
    /// Nobody knows where the subscriber is: the call goes on without its number.
    case withheld
    /// The same, and the call goes on with it.
    case unvouched
    /// Another country's number, on a trunk from abroad.
    case foreign
    /// The same on a domestic trunk, where only gateways bring such.
    case foreignFromGateway
    /// The ledger gives it to this trunk: by the grant of that id, or because it is the line's own.
    case proven(grant: Int?)
    /// It is for a token to say whose number it is.
    case open
    /// The same, and only its holder may.
    case openToHolder
}

extension CLIRuling {
    package var isProven: Bool { if case .proven = self { true } else { false } }
}

/// Why the rules refuse a number; the grant's fault where there is a grant that does not count.
package struct CLIRefusal: Error, Hashable, Sendable {
    package let rule: CLIRule
    package let fault: GrantFault?

    package init(_ rule: CLIRule, _ fault: GrantFault? = nil) {
        self.rule = rule
        self.fault = fault
    }
}

/// The number that a call shows, as its trunk delivered it and as the plan reads it.
package struct ShownNumber: Sendable {
    package let raw: String
    package let reading: Result<DialPlan.Reading, NumberFault>
    /// Its caller wants it withheld from the callee: presentation restricted.
    package let isRestricted: Bool

    package init(_ raw: String, isRestricted: Bool, plan: DialPlan) {
        self.raw = raw
        self.isRestricted = isRestricted
        reading = Result { () throws(NumberFault) in try plan.reading(of: raw) }
    }

    package var number: TelephoneNumber? { try? reading.get().number }
}

/// What the rules are asked with beside the number: plan, ledger and time, and what others have answered.
package struct RulesInForce: Sendable {
    package let plan: DialPlan
    package let ledger: LedgerSnapshot
    /// What peers have told of numbers.
    package let shared: SharedNumbers
    package let whenRoamingUnknown: WhenRoamingUnknown
    package let now: Int

    package init(
        plan: DialPlan, ledger: LedgerSnapshot, shared: SharedNumbers = .none, whenRoamingUnknown: WhenRoamingUnknown,
        at now: Int
    ) {
        self.plan = plan
        self.ledger = ledger
        self.shared = shared
        self.whenRoamingUnknown = whenRoamingUnknown
        self.now = now
    }
}
