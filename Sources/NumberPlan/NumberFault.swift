/// Why a string is not a telephone number.
package enum NumberFault: Error, Hashable, Sendable {
    case empty
    /// More than 15 digits, or 20 for a national code; or a text too long to be looked at.
    case tooLong
    /// Not ASCII, not a digit and not a visual separator, or a `+` that is not in front.
    case forbiddenCharacter
    /// What follows `+` or the international prefix begins with 0.
    case noCountryCode
    /// The trunk prefix after the country's own code, as in `+86 0571`.
    case trunkPrefixAfterCountryCode
    /// Begins with the trunk prefix but is no number of the national plan, or looks like one and is too long or too short.
    case unknownNationalForm
    /// A `+` before digits that, once the `+` is dropped, are one of the country's own codes.
    case internationalServiceCode
    /// A URI whose user part is no number, or another scheme: an identity, to be signed as a URI.
    case uriIdentity
    /// The caller is withheld, or is nobody whom the network knows.
    case anonymous
    case duplicateParameter
    case badPercentEncoding
    /// Not of the form `scheme:rest`, or a scheme, host or parameter that cannot be read.
    case malformedURI
}
