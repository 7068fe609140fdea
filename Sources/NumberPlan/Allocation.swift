/// What a plan has given some numbers out for.
package final class Allocation: Sendable {
    /// A word of the plan's own, such as `mobile`: for people to read. What is decided follows from what is below.
    package let kind: String
    /// To whom the prefix was allocated. Where numbers are portable, another carrier may serve them.
    package let holder: String?
    package let origination: Origination
    package let fromAbroad: FromAbroad
    /// Whether it is a code that people obey, such as that of the police: shown only from the trunk that the ledger
    /// names for it.
    package let isProtected: Bool
    /// Of an area code.
    package let place: String?

    init(
        kind: String, holder: String?, origination: Origination, fromAbroad: FromAbroad, isProtected: Bool,
        place: String? = nil
    ) {
        self.kind = kind
        self.holder = holder
        self.origination = origination
        self.fromAbroad = fromAbroad
        self.isProtected = isProtected
        self.place = place
    }
}

/// Who may call out with a number.
package enum Origination: String, CaseIterable, Sendable {
    /// Whose number it is.
    case yes
    /// Only the trunk that the ledger names for this exact number.
    case ledger
    /// A machine, and only by a grant.
    case restricted
    /// Nobody: it is there to be called.
    case no
}

/// Whether a call from abroad may show a number.
package enum FromAbroad: String, CaseIterable, Sendable {
    case yes
    /// If its subscriber is abroad.
    case roaming
    case no
}

/// What a plan says of a number.
package enum NumberStanding: Sendable {
    case allocated(Allocation)
    /// Another country's, which may have such numbers: of their use the plan knows nothing.
    case foreign(Country)
    /// Given to nobody. `prefix` is what one would ask about: the first digits, without the country code, that the plan
    /// does not know, or those whose length is wrong; of another country's number with the country code.
    case unallocated(Unallocated, prefix: Digits)
}

package enum Unallocated: Hashable, Sendable {
    case unknownPrefix
    /// Held back: nobody's yet.
    case reserved
    /// The prefix is somebody's, but numbers of this length are not.
    case wrongLength
    /// Without the area code or the country code that would make it whole, or shorter than any of another country.
    case incomplete
    /// No country's: nobody has the calling code.
    case unknownCountry
    /// With `*` or `#`: dialled, and never anybody's number.
    case dialledCode
}
