/// Whose a global number is: its calling code's country or, where several share one, that of the digits behind it.
package enum Country: Hashable, Sendable {
    case territory(ISO3166)
    case service(GlobalService)

    /// Nil where the calling code is nobody's. Of a country's own code it is that country.
    package static func of(_ number: TelephoneNumber) -> Country? {
        guard case .assigned(let country, _) = CallingCodes.all.find(number.country?.digits ?? number.digits) else {
            return nil
        }
        return country
    }
}

/// Two letters for a country or what is counted like one (ISO 3166-1 alpha-2), among them the reserved `AC`, `TA` and
/// `XK`.
package struct ISO3166: Hashable, Sendable {
    private let first, second: UInt8

    package init?(_ text: String) {
        let letters = Array(text.utf8)
        guard letters.count == 2, letters.allSatisfy((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains) else {
            return nil
        }
        (first, second) = (letters[0], letters[1])
    }
}

/// What has a calling code without being a country (the list of assigned codes that belongs to ITU-T E.164).
package enum GlobalService: String, CaseIterable, Sendable {
    case freephone, maritime, networks, personal, satellite
    case disasterRelief = "disaster_relief"
    case premiumRate = "premium_rate"
    case sharedCost = "shared_cost"
}

extension ISO3166: CustomStringConvertible {
    package var description: String { String(decoding: [first, second], as: UTF8.self) }
}

extension Country: CustomStringConvertible {
    package var description: String {
        switch self {
        case .territory(let country): country.description
        case .service(let service): service.rawValue
        }
    }

    /// Reads what `description` writes.
    package init?(_ text: String) {
        if let country = ISO3166(text) {
            self = .territory(country)
        } else if let service = GlobalService(rawValue: text) {
            self = .service(service)
        } else {
            return nil
        }
    }
}
