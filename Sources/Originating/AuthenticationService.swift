package import Certificates
package import LibCrypto
internal import Ledger
internal import NumberPlan
package import PASSporT

/// The originating side (STI-AS): says who may show which number, and signs it.
///
/// Not `Sendable`: it signs on a context of its own, so each event loop makes one, anew for each credential. One call is
/// signed with one credential, key and URL together. With a key in a token, all of them share its threads.
package final class AuthenticationService {
    private let credential: Credential
    private let header: PassportHeader
    /// Nil when the key is in a token.
    private let signer: Signer?
    private let rates: CallRates
    private let freshnessWindow: Int
    /// The public key of the certificate that verifiers fetch.
    private let publicKey: VerifyingKey?
    /// When a signature of ours is next held against it: the first one, and then one a minute.
    private var nextCheck = Int.min
    private var random = RandomBytes()

    /// - Parameter freshnessWindow: how far `date` and `iat` of a request may be from our clock, in seconds.
    package init(credential: Credential, rates: CallRates, freshnessWindow: Int = 60) throws {
        guard let header = PassportHeader(certificateURL: credential.url.text) else {
            throw CredentialURLError(url: credential.url.text)
        }
        self.credential = credential
        certificateID = credential.chain.first?.fingerprint ?? ""
        self.header = header
        tokenSigners = credential.key.tokenSigners
        signer = tokenSigners == nil ? try Signer(credential.key) : nil
        publicKey = try credential.chain.first?.verifyingKey
        self.rates = rates
        self.freshnessWindow = freshnessWindow
    }

    package enum Decision: Sendable {
        case signed(SignedPassport)
        case refused(Refusal)
        /// The callee is an emergency number: the call goes on, signed or not.
        case emergency(SignedPassport?)
    }

    package enum Step: Sendable {
        case decided(Decision)
        /// Nothing is against it, but the key is in a token: whoever asked has ``tokenSigners`` sign it, and comes back to
        /// ``finish(_:with:at:)``.
        case unsigned(UnsignedPassport)
    }

    /// - Parameter ruling: what plan and ledger say of the call, whose number nobody has to be asked about any more.
    package func decide(_ call: OriginatingCall, _ ruling: SigningRuling, at now: Int) -> Step {
        switch ruling {
        case .refused(let refusal): return .decided(.refused(refusal))
        case .asksRoaming: return .decided(.refused(.numberWithheld))
        case .emergency(nil): return .decided(.emergency(nil))
        case .emergency(let right?):
            // A token takes its time, which a call to emergency numbers has none of.
            guard let signer, let signed = try? sign(try passport(for: call, right, at: now), by: signer, at: now)
            else {
                return .decided(.emergency(nil))
            }
            return .decided(.emergency(signed))
        case .allowed(let right):
            do throws(Refusal) {
                let passport = try passport(for: call, right, at: now)
                guard let signer else { return .unsigned(try unsigned(passport)) }
                return .decided(.signed(try sign(passport, by: signer, at: now)))
            } catch {
                return .decided(.refused(error))
            }
        }
    }

    /// What a call comes to where nothing signs.
    package static func decideWithoutCredential(_ ruling: SigningRuling) -> Decision {
        switch ruling {
        case .emergency: .emergency(nil)
        case .allowed, .refused, .asksRoaming: .refused(.noCredential)
        }
    }

    /// What the certificate that signs speaks for.
    package var tnAuthList: TNAuthList { credential.tnAuthList }

    /// SHA-256 of the certificate that signs, in hexadecimal.
    package let certificateID: String
    /// What signs with a key in a token; nil for a key in memory.
    package let tokenSigners: TokenSigners?
}

/// The credential's URL cannot stand in an Identity header field.
package struct CredentialURLError: Error, CustomStringConvertible {
    package let url: String

    package var description: String {
        "the certificate's URL may hold only printable ASCII without quotes, backslashes and angle brackets: \(url)"
    }
}

extension AuthenticationService {
    /// The order of RFC 8224 §6.1: who is calling is known; then when, and whether the key may vouch for it.
    private func passport(
        for call: OriginatingCall, _ right: SigningRight, at now: Int
    ) throws(Refusal) -> Passport {
        let issuedAt = try issuedAt(call, at: now)
        // Before the key is used, and for emergency calls too: past the limit they go on without a token.
        guard rates.admits(trunk: right.trunk.name, at: now) else { throw .tooManyCalls }
        try checkCredential(right.caller.digits, at: now)
        return Passport(
            attestation: min(right.attestation, call.attestationCeiling ?? .full), origin: right.caller.digits,
            destinations: right.callees.map(\.digits), issuedAt: issuedAt, originID: random.uuid())
    }

    /// The INVITE's own date where it has one, or the time that the switch names, if they are fresh; else our clock.
    private func issuedAt(_ call: OriginatingCall, at now: Int) throws(Refusal) -> Int {
        let fresh = now - freshnessWindow...now + freshnessWindow
        var issuedAt = now
        if let date = call.date {
            guard let time = SIPDate.unixTime(date) else { throw .dateUnreadable }
            guard fresh.contains(time) else { throw .dateNotFresh }
            issuedAt = time
        }
        if let asked = call.issuedAt {
            guard fresh.contains(asked) else { throw .issuedAtNotFresh }
            issuedAt = asked
        }
        guard credential.notBefore <= issuedAt else { throw .certificateNotYetValid }
        guard issuedAt <= credential.notAfter else { throw .certificateExpired }
        return issuedAt
    }

    /// RFC 8224 §6.1 step 3, RFC 9060 §5.
    private func checkCredential(_ caller: Digits, at now: Int) throws(Refusal) {
        guard credential.notBefore <= now else { throw .certificateNotYetValid }
        guard now <= credential.notAfter else { throw .certificateExpired }
        guard !credential.tnAuthList.serviceProviderCodes.isEmpty || credential.tnAuthList.covers(caller) else {
            throw .outsideCertificate
        }
    }

    private func unsigned(_ passport: Passport) throws(Refusal) -> UnsignedPassport {
        do throws(SigningFault) { return try UnsignedPassport(passport, header) } catch { throw .signing(error) }
    }

    private func sign(_ passport: Passport, by signer: Signer, at now: Int) throws(Refusal) -> SignedPassport {
        try checked(at: now) { publicKey throws(SigningFault) in
            try SignedPassport(passport, header, by: signer, acceptedBy: publicKey)
        }
    }

    private func checked(
        at now: Int, _ sign: (_ acceptedBy: VerifyingKey?) throws(SigningFault) -> SignedPassport
    ) throws(Refusal) -> SignedPassport {
        let isChecked = now >= nextCheck
        do throws(SigningFault) {
            let signed = try sign(isChecked ? publicKey : nil)
            if isChecked { nextCheck = now + Self.betweenChecks }
            return signed
        } catch {
            throw .signing(error)
        }
    }

    private static let betweenChecks = 60
}

extension AuthenticationService {
    /// What a call comes to whose token has been with the token's signers.
    package func finish(
        _ unsigned: UnsignedPassport, with signature: Result<ES256Signature, TokenFault>, at now: Int
    ) -> Decision {
        do throws(Refusal) {
            return .signed(
                try checked(at: now) { publicKey throws(SigningFault) in
                    let made: ES256Signature
                    do throws(TokenFault) { made = try signature.get() } catch { throw .token(error) }
                    return try SignedPassport(unsigned, made, acceptedBy: publicKey)
                })
        } catch {
            return .refused(error)
        }
    }
}
