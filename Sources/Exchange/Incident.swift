internal import Jansson

/// What is known of a call that is traced, beside the call itself: for whoever has to look for more of its kind.
///
/// Whoever traces signs it with his question; all of it is his own word.
package struct Incident: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        case spoofing, fraud, bombing, oneRing = "one_ring", massDialling = "mass_dialling", nuisance, threat
    }

    package var kind: Kind?
    /// The complaint's or the authority's number of the case.
    package var caseNumber: String?
    /// How many such calls there were.
    package var calls: Int?
    /// What speaks for it: a recording's number, what the caller said to be, a number to call back.
    package var evidence: String?

    package static let longestCase = 64, longestEvidence = 500

    package init(kind: Kind? = nil, caseNumber: String? = nil, calls: Int? = nil, evidence: String? = nil) {
        (self.kind, self.caseNumber, self.calls, self.evidence) = (kind, caseNumber, calls, evidence)
    }

    package var isFit: Bool {
        (caseNumber ?? "").utf8.count <= Self.longestCase && (calls ?? 1) > 0
            && (evidence ?? "").unicodeScalars.count <= Self.longestEvidence
    }
}

extension Incident {
    /// As members of a statement, or of what is kept of it.
    func write(to text: inout JSONText) {
        text.claim("incident", kind?.rawValue)
        text.claim("case", caseNumber)
        text.claim("calls", calls)
        text.claim("evidence", evidence)
    }

    /// A kind that is not known is none: a later version may know more.
    init(_ claims: borrowing JSON) throws(JSONError) {
        kind = try claims.optionalString("incident").flatMap(Kind.init)
        caseNumber = try claims.optionalString("case")
        calls = try claims.optionalInteger("calls")
        evidence = try claims.optionalString("evidence")
    }

    /// `{"incident":"fraud","case":"7"}`, and `{}` where nothing is known.
    var text: String {
        var text = JSONText()
        write(to: &text)
        return "{" + String(decoding: text.bytes.dropFirst(), as: UTF8.self) + "}"
    }

    /// Of what is kept.
    init(text: String) {
        let limits = JSONLimits(bytes: 8_192, depth: 2, stringBytes: 4_096)
        self = (try? Incident(JSON(parsing: text.utf8.span, limits: limits))) ?? Incident()
    }
}
