internal import Certificates
internal import LibCrypto
internal import NumberPlan
internal import PASSporT

extension Rotation {
    /// Puts the candidate's chain up, waits until it answers at its URL as peers ask for it, and lets it settle.
    package func publish(_ patience: Patience) async throws {
        guard let candidate = try store.candidate() else { throw KeyFault.noCandidate }
        guard candidate.state == .staged else { return }
        guard let chain = candidate.chain else { throw KeyFault.noChain(candidate.id) }
        try files.publish(candidate.id, chain)
        outside.say("published \(candidate.id): asking \(candidate.url)")
        let body = try await reach(candidate, chain, wait: patience.wait)
        if patience.settle > 0 {
            outside.say("it answers; \(patience.settle) s for caches on the way")
            try await outside.pause(.seconds(patience.settle))
            _ = try await reach(candidate, chain, wait: 0)
        }
        try prove(candidate, body)
        try store.move(candidate, to: .published, act)
    }

    /// Puts the chains that are to be up and are not there again: whoever cannot fetch one refuses what it signed.
    func putBack() throws {
        for credential in try store.credentials() where credential.isToBeUp && !files.isUp(credential) {
            guard let chain = credential.chain else { continue }
            try files.withdraw(credential.id)
            try files.publish(credential.id, chain)
            let path = files.path(ofChain: credential.id)
            outside.say("put the chain of \(credential.id) back, which was not in \(path)")
        }
    }

    /// Asks until the answer is what was put up, byte for byte.
    func reach(_ candidate: StoredCredential, _ chain: String, wait: Int) async throws -> [UInt8] {
        let url = try settings.url(of: candidate.id), fetch = try outside.fetch()
        var last = ""
        for attempt in 0...wait {
            if attempt > 0 { try await outside.pause(.seconds(1)) }
            do throws(CertificateFault) {
                let body = try await fetch(url).content
                if body == Array(chain.utf8) { return body }
                last = "it answers with something else"
            } catch { last = "\(error)" }
        }
        throw RotationFault.unreachable(candidate.url, last)
    }

    /// Signs a token and verifies it as a peer will, with the chain that its URL answered.
    func prove(_ candidate: StoredCredential, _ body: [UInt8]) throws {
        let now = outside.now(), url = try settings.url(of: candidate.id)
        let credential = try Credential(key: key(of: candidate), chain: candidate.certificates, url: url)
        guard let header = PassportHeader(certificateURL: url.text), let nobody = Digits("0") else {
            throw RotationFault.notProven(candidate.id, "its URL cannot stand in an Identity header field")
        }
        let passport = Passport(
            attestation: .gateway, origin: credential.tnAuthList.numbers.blocks.first?.first ?? nobody,
            destinations: [nobody], issuedAt: now, originID: "00000000-0000-4000-8000-000000000000")
        do {
            let identity = try SignedPassport(passport, header, by: Signer(credential.key)).identity
            let token = try UnverifiedPassport(IdentityHeader(parsing: identity))
            let judged = try trust().validate(body, at: now)
            _ = try token.verified(by: judged.key)
        } catch { throw RotationFault.notProven(candidate.id, "\(error)") }
    }
}
