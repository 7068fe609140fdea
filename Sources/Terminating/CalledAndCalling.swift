package import NumberPlan
package import Policy

/// The numbers of a call in the form in which tokens are compared with them.
package struct CalledAndCalling: Sendable {
    package enum Callee: Hashable, Sendable {
        case number(TelephoneNumber)
        case uri(CanonicalURI)
        case neither
    }

    package let shown: ShownNumber
    package let caller: TelephoneNumber?
    let callerFault: NumberFault?
    /// In the order of the call's.
    package let callees: [Callee]

    package init(_ call: TerminatingCall, _ plan: DialPlan) {
        shown = ShownNumber(call.orig, isRestricted: call.isRestricted, plan: plan)
        do throws(NumberFault) {
            caller = try shown.reading.get().number
            callerFault = nil
        } catch {
            caller = nil
            callerFault = error
        }
        callees = call.dest.map { Self.callee($0, plan) }
    }

    private static func callee(_ text: String, _ plan: DialPlan) -> Callee {
        do throws(NumberFault) {
            return .number(try plan.number(from: text))
        } catch {
            return (try? CanonicalURI(text)).map { .uri($0) } ?? .neither
        }
    }

    /// Whether it goes to emergency numbers and to nobody else: another callee beside one must not be reached unchecked.
    func callsEmergency(_ plan: DialPlan) -> Bool {
        !callees.isEmpty
            && callees.allSatisfy { callee in
                switch callee {
                case .number(let number): plan.isEmergency(number)
                case .uri(let uri): DialPlan.isEmergency(uri: uri.text)
                case .neither: false
                }
            }
    }
}
