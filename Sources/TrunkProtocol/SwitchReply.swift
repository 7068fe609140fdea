/// What a request is answered with: exactly one result or one error (NET-06).
package enum SwitchReply: Hashable, Sendable {
    case sign(SignReply)
    case verify(VerifyReply)
    case pong
    case error(RPCError)
}

package struct SignReply: Hashable, Sendable {
    /// The value of the Identity header field.
    package var identity: String
    package var attest: String
    package var origid: String
    package var iat: Int

    package init(identity: String, attest: String, origid: String, iat: Int) {
        self.identity = identity
        self.attest = attest
        self.origid = origid
        self.iat = iat
    }
}

/// A judged call. A call that failed is a result, not an error: `error` means the job could not be done.
package struct VerifyReply: Hashable, Sendable {
    package enum Action: String, Hashable, Sendable, CaseIterable { case allow, label, block }

    /// One member of `label`, what the callee may be shown.
    package struct LabelMember: Hashable, Sendable {
        package var name: String
        package var text: String

        package init(_ name: String, _ text: String) {
            self.name = name
            self.text = text
        }
    }

    package var valid: Bool
    package var action: Action
    package var verstat: String
    package var attest: String?
    package var origid: String?
    package var sip: SIPStatus
    /// Machine-readable, stable.
    package var reason: String
    /// Written in this order; left out when empty.
    package var label: [LabelMember]
    /// The id of the evidence record. Empty when there is none yet; nil when it is still to be added
    /// (``DraftedAnswers``).
    package var record: String?

    package init(
        valid: Bool, action: Action, verstat: String, attest: String? = nil, origid: String? = nil, sip: SIPStatus,
        reason: String, label: [LabelMember] = [], record: String?
    ) {
        self.valid = valid
        self.action = action
        self.verstat = verstat
        self.attest = attest
        self.origid = origid
        self.sip = sip
        self.reason = reason
        self.label = label
        self.record = record
    }
}

/// What the switch should answer the call with, if it answers it at all.
package struct SIPStatus: Hashable, Sendable {
    package var code: Int
    package var reason: String

    package init(code: Int, reason: String) {
        self.code = code
        self.reason = reason
    }
}

/// Why a request could not be done.
package enum RPCError: Error, Hashable, Sendable {
    case parseError
    case invalidRequest
    case methodNotFound
    /// The member of `params` that is missing or of the wrong kind.
    case invalidParams(field: String)
    case internalError
    /// Overload: said at once, since waiting would outlast the caller's patience.
    case busy
    /// This number, or this attestation, may not be signed: what switch scripts branch on.
    case notAllowed(reason: String, sip: SIPStatus?)
    case noUsableKey

    package var code: Int {
        switch self {
        case .parseError: -32700
        case .invalidRequest: -32600
        case .methodNotFound: -32601
        case .invalidParams: -32602
        case .internalError: -32603
        case .busy: -32000
        case .notAllowed: -32001
        case .noUsableKey: -32002
        }
    }

    package var message: String {
        switch self {
        case .parseError: "Parse error"
        case .invalidRequest: "Invalid Request"
        case .methodNotFound: "Method not found"
        case .invalidParams: "Invalid params"
        case .internalError: "Internal error"
        case .busy: "Busy"
        case .notAllowed: "Not allowed"
        case .noUsableKey: "No usable key"
        }
    }
}
