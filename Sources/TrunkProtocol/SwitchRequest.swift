/// What a switch asks for.
package enum SwitchRequest: Hashable, Sendable {
    case sign(SignRequest)
    case verify(VerifyRequest)
    case ping

    /// Of called numbers. More would make a token, and with it an answer, that switches cannot take. SHAKEN has one
    /// (ATIS-1000074 §5.2.3).
    static let mostNumbers = 32

    /// Of `presentation`, which a request may leave out; nil for another word.
    static func isRestricted(_ presentation: String?) -> Bool? {
        switch presentation {
        case nil, "allowed": false
        case "restricted": true
        default: nil
        }
    }
}

/// `sign`: the numbers as the switch wrote them, not yet judged.
package struct SignRequest: Hashable, Sendable {
    package var orig: String
    /// Never empty.
    package var dest: [String]
    /// Whether the caller wants its number withheld from the callee.
    package var isRestricted: Bool
    /// `A`, `B` or `C`: a ceiling, not a claim to be believed.
    package var attest: String?
    package var origid: String?
    package var iat: Int?
    package var date: String?
    /// Nil: the default of the listener.
    package var trunk: String?
    /// The trunk by which the call goes on, when that is to another carrier.
    package var egress: String?
    /// The SIP Call-ID.
    package var call: String?

    package init(
        orig: String, dest: [String], isRestricted: Bool = false, attest: String? = nil, origid: String? = nil,
        iat: Int? = nil, date: String? = nil, trunk: String? = nil, egress: String? = nil,
        call: String? = nil
    ) {
        self.orig = orig
        self.dest = dest
        self.isRestricted = isRestricted
        self.attest = attest
        self.origid = origid
        self.iat = iat
        self.date = date
        self.trunk = trunk
        self.egress = egress
        self.call = call
    }
}

extension SignRequest {
    static func isAttestation(_ attest: String?) -> Bool {
        attest == nil || attest == "A" || attest == "B" || attest == "C"
    }
}

/// `verify`: the call as it arrived, and the values of its Identity header fields.
package struct VerifyRequest: Hashable, Sendable {
    /// Empty when the call carries none.
    package var identity: [String]
    package var orig: String
    /// Never empty.
    package var dest: [String]
    /// Whether the caller wants its number withheld from the callee.
    package var isRestricted: Bool
    package var date: String?
    package var trunk: String?
    /// The trunk by which the call goes on, when that is to another carrier.
    package var egress: String?
    package var call: String?

    package init(
        identity: [String], orig: String, dest: [String], isRestricted: Bool = false, date: String? = nil,
        trunk: String? = nil, egress: String? = nil,
        call: String? = nil
    ) {
        self.identity = identity
        self.orig = orig
        self.dest = dest
        self.isRestricted = isRestricted
        self.date = date
        self.trunk = trunk
        self.egress = egress
        self.call = call
    }
}

/// Who asks. The source address is a switch's identity: its protocols carry no other.
package struct SwitchPeer: Hashable, Sendable {
    /// The name of the listener it came in by.
    package var listener: String
    /// The IP address as text, without port; empty for a socket that has none.
    package var address: String
    package var port: Int
    /// The trunk of its requests that name none.
    package var trunk: String?

    package init(listener: String, address: String, port: Int, trunk: String? = nil) {
        self.listener = listener
        self.address = address
        self.port = port
        self.trunk = trunk
    }
}
