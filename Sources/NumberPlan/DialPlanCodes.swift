extension DialPlan {
    /// Whether it is one of the country's own codes with the country code in front (`+86110`): a code has no E.164 form.
    package func isOwnCodeBehindCountryCode(_ number: TelephoneNumber) -> Bool {
        guard let country, case .global(let digits) = number, digits.hasPrefix(country.digits) else { return false }
        return isOwnCode(digits.dropping(country.digits.count))
    }
}

extension DialPlan {
    /// A number as one dials it in this country, if it is another's: behind the international prefix.
    package func dialled(_ number: TelephoneNumber) -> String {
        (internationalPrefixes.first?.description ?? "+") + number.digits.description
    }
}
