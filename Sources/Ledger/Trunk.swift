package import NumberPlan

package enum TrunkClass: String, CaseIterable, Sendable {
    case enterprise, access, interconnect, international

    /// Whether another carrier is at its other end.
    package var isOfOtherCarrier: Bool { self == .interconnect || self == .international }
}

/// Where a trunk stands between the application for it and its end. Calls go over it while it is active.
package enum TrunkState: String, CaseIterable, Sendable {
    case applied, reviewed, active, suspended, shut
}

/// What a trunk's calls are for, as its customer has stated.
package enum TrunkUse: String, CaseIterable, Sendable {
    /// It is called, and does not call.
    case hotline
    case service
    case callBack = "call_back"
    case marketing
    case notification
    case `private`
    /// The traffic of another carrier.
    case carrier
}

/// As the ledger has it: each call looks at it several times, and copies nothing of it.
package final class Trunk: Sendable {
    /// ASCII, at most 64 characters; never changed.
    package let name: String
    package let trunkClass: TrunkClass
    package let state: TrunkState
    package let customer: String?
    /// The SPC of the carrier at the other end.
    package let peer: String?
    /// An access line's own number.
    package let line: TelephoneNumber?
    /// What its customer needs a licence for. Nil only for trunks that are older than the question.
    package let service: String?
    package let use: TrunkUse?
    package let contract: String?
    /// From when on the peer must attest its calls, if that is not as for all the peer's trunks.
    package let enrolledFrom: Int?
    /// By what name the peer knows this trunk: ASCII, at most 64 characters, and of one trunk of the peer's that is not shut.
    package let circuit: String?
    /// Whether the assertions of its calls are handed over the trunk link, since it cannot carry an Identity header field.
    package let hasHandover: Bool

    package init(
        name: String, trunkClass: TrunkClass, state: TrunkState = .active, customer: String? = nil,
        peer: String? = nil, line: TelephoneNumber? = nil, service: String? = nil, use: TrunkUse? = nil,
        contract: String? = nil, enrolledFrom: Int? = nil, circuit: String? = nil, hasHandover: Bool = false
    ) {
        self.name = name
        self.trunkClass = trunkClass
        self.state = state
        self.customer = customer
        self.peer = peer
        self.line = line
        self.service = service
        self.use = use
        self.contract = contract
        self.enrolledFrom = enrolledFrom
        self.circuit = circuit
        self.hasHandover = hasHandover
    }
}

extension Trunk {
    /// Whether its calls were let in by somebody else.
    package var isFromOtherCarrier: Bool { trunkClass.isOfOtherCarrier }
}

/// Why no call goes over a trunk now.
package enum TrunkClosed: Hashable, Sendable {
    /// Not active yet, or not any more.
    case state(TrunkState)
    /// Its customer has no licence for its service.
    case licenceMissing
    case licenceNotBegun
    case licenceEnded
}

extension TrunkClosed {
    /// For scripts, records and statistics.
    package var reason: String {
        switch self {
        case .state(let state): "trunk_\(state.rawValue)"
        case .licenceMissing: "licence_missing"
        case .licenceNotBegun: "licence_not_begun"
        case .licenceEnded: "licence_ended"
        }
    }
}
