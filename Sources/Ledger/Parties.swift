package import NumberPlan

package struct Carrier: Hashable, Sendable {
    package let spc: String
    package let name: String
    package let country: CountryCode
    /// Whether calls from abroad may come by it: a peer without it hands over foreign numbers only under a token of its own that
    /// says so.
    package let isGateway: Bool
    /// From when on it must attest the calls that it hands over, unless its trunk has a date of its own; nil where it must now.
    package let enrolledFrom: Int?

    package init(
        spc: String, name: String, country: CountryCode, isGateway: Bool = false, enrolledFrom: Int? = nil
    ) {
        self.spc = spc
        self.name = name
        self.country = country
        self.isGateway = isGateway
        self.enrolledFrom = enrolledFrom
    }
}

package struct Customer: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        case enterprise
        case authority
        case callCentre = "call_centre"
        /// Those who call for others: with rented seats, as somebody's service, as somebody's sales.
        case seatRental = "seat_rental"
        case agencyService = "agency_service"
        case agencyMarketing = "agency_marketing"

        /// Whether its business is to call: then it may not show subscribers' numbers.
        package var isCallCentre: Bool {
            switch self {
            case .enterprise, .authority: false
            case .callCentre, .seatRental, .agencyService, .agencyMarketing: true
            }
        }
    }

    package let id: String
    package let name: String
    package let kind: Kind
    /// Under what the legal entity is registered, once that has been verified.
    package let entity: String?
    package let industry: Industry?

    package init(
        id: String, name: String, kind: Kind = .enterprise, entity: String? = nil, industry: Industry? = nil
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.entity = entity
        self.industry = industry
    }
}

/// One list for ledger, consents, complaints and statistics.
package enum Industry: String, CaseIterable, Sendable {
    case loanWealth = "loan_wealth"
    case realEstate = "real_estate"
    case education, securities, insurance, recruitment, housekeeping
    case maternalHealth = "maternal_health"
    case visa
    case medicalBeauty = "medical_beauty"
    case healthFood = "health_food"
    case travel, retail
    case debtCollection = "debt_collection"
    case telecomOwn = "telecom_own"
    case other
}

/// A customer may offer these services from the beginning of one day to the end of another.
package struct Licence: Hashable, Sendable {
    package let id: String
    package let customer: String
    package let scope: Set<String>
    package let from: LedgerDay
    /// The last day included; nil where there is no end.
    package let to: LedgerDay?

    package init(id: String, customer: String, scope: Set<String>, from: LedgerDay, to: LedgerDay? = nil) {
        self.id = id
        self.customer = customer
        self.scope = scope
        self.from = from
        self.to = to
    }
}
