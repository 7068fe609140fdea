internal import Certificates
internal import LibCrypto

extension Rotation {
    /// Lets the candidate sign, and has its predecessor sign no more.
    package func activate(_ patience: Patience) async throws -> StoredCredential {
        guard let candidate = try store.candidate() else { throw KeyFault.noCandidate }
        guard candidate.state == .published, let chain = candidate.chain else {
            throw KeyFault.forbidden(id: candidate.id, from: candidate.state, to: .active)
        }
        // It may have been published long ago, and its URL answer no more.
        _ = try await reach(candidate, chain, wait: patience.wait)
        let old = try store.active()
        try await haveTried(candidate, mayLackDaemon: outside.mayLackDaemon || old == nil, wait: patience.wait)
        try activate(candidate, replacing: old, as: .retiring)
        outside.say("switched to \(candidate.id)")
        try await settle(patience)
        return try store.credential(candidate.id)
    }

    /// A key that the daemon could not use would end the signing.
    ///
    /// - Parameter wait: in seconds.
    private func haveTried(_ candidate: StoredCredential, mayLackDaemon: Bool, wait: Int) async throws {
        guard outside.isDaemonRunning() else {
            guard mayLackDaemon else { throw RotationFault.noDaemon(candidate.id) }
            return try store.noteUntried(candidate, act)
        }
        try store.ask(about: candidate, act)
        for attempt in 0...min(wait, Self.longestTrial) * 10 {
            if attempt > 0 { try await outside.pause(.milliseconds(100)) }
            switch try store.readiness(of: candidate) {
            case .ready: return
            case .refused(let reason): throw RotationFault.refused(candidate.id, reason)
            case nil: continue
            }
        }
        throw RotationFault.untried(candidate.id)
    }

    /// In seconds: a daemon looks at the store four times in one, and hardware may take some to open.
    private static let longestTrial = 15

    private func activate(
        _ candidate: StoredCredential, replacing old: StoredCredential?, as end: CredentialState
    ) throws {
        guard candidate.state == .published, let chain = candidate.chain else {
            throw KeyFault.forbidden(id: candidate.id, from: candidate.state, to: .active)
        }
        // Anew: since it was published its time may have run out, or its file have been changed.
        try prove(candidate, Array(chain.utf8))
        try store.activate(candidate, replacing: old, as: end, act)
    }

    /// Waits until no daemon signs with anything but the active one, and destroys the keys that sign no more.
    package func settle(_ patience: Patience) async throws {
        for attempt in 0...patience.wait * 10 {
            if attempt > 0 { try await outside.pause(.milliseconds(100)) }
            guard try isTakenUp() else { continue }
            try destroyKeys()
            if let active = try store.active(), active.settled == nil { try store.noteSettled(active, act) }
            return
        }
        throw RotationFault.notTakenUp(try store.active()?.id ?? "none")
    }

    private func isTakenUp() throws -> Bool {
        guard outside.isDaemonRunning() else { return true }
        return try store.active().map(store.isTakenUp) ?? true
            && withUndestroyedKeys().allSatisfy(store.hasBeenLetGo)
    }

    /// Those that sign no more and still have their key.
    private func withUndestroyedKeys() throws -> [StoredCredential] {
        try store.credentials().filter { credential in
            credential.keyDestroyed == nil && [.retiring, .retired, .revoked].contains(credential.state)
        }
    }

    /// A key in hardware is its owner's to destroy.
    private func destroyKeys() throws {
        for old in try withUndestroyedKeys() where !old.isInHardware { try destroyKey(of: old) }
    }

    private func destroyKey(of old: StoredCredential) throws {
        try files.destroyKey(old.key)
        try store.noteKeyDestroyed(old, act)
        outside.say("destroyed the key of \(old.id)")
    }

    /// Withdraws the chains that nobody asks for any more, and puts back those that somebody may.
    package func sweep() throws {
        let now = outside.now()
        for credential in try store.credentials() where credential.withdrawn == nil {
            guard let until = credential.publishedUntil, until < now else { continue }
            switch credential.state {
            case .retiring:
                try files.withdraw(credential.id)
                try store.move(credential, to: .retired, act)
                outside.say("retired \(credential.id)")
            case .revoked:
                try files.withdraw(credential.id)
                try store.noteWithdrawn(credential, act)
            case .staged, .published, .active, .retired, .destroyed: continue
            }
        }
        for credential in try store.credentials() where credential.state == .retired {
            guard credential.keyDestroyed != nil || credential.isInHardware else { continue }
            try store.move(credential, to: .destroyed, act)
            tellOfToken(credential)
        }
        try putBack()
    }

    /// Gives up a credential that never signed, or ends one whose time is over.
    package func retire(_ id: String) throws {
        let credential = try store.credential(id)
        switch credential.state {
        case .staged:
            if !credential.isInHardware { try files.destroyKey(credential.key) }
            // It may have been put up without anybody having seen it there.
            try files.withdraw(id)
            try store.move(credential, to: .destroyed, act)
            tellOfToken(credential)
        case .published:
            try files.withdraw(id)
            try store.move(credential, to: .retired, act)
            try destroyRetiredKey(id)
            try sweep()
        case .retiring:
            if let until = credential.publishedUntil, until >= outside.now() {
                throw KeyFault.stillPublished(id, until: until)
            }
            try sweep()
        case .active: throw KeyFault.forbidden(id: id, from: .active, to: .retired)
        case .retired:
            try destroyRetiredKey(id)
            try sweep()
        case .destroyed, .revoked: try sweep()
        }
    }

    /// What is in a token is its owner's, and no command of ours takes it out of there.
    private func tellOfToken(_ credential: StoredCredential) {
        guard credential.isInHardware else { return }
        let place = "still in its token, as \(credential.key)"
        outside.say("the key of \(credential.id) is \(place): destroy it there, with the token's own tools")
    }

    /// Unless a daemon may still sign with it.
    private func destroyRetiredKey(_ id: String) throws {
        let credential = try store.credential(id)
        guard credential.keyDestroyed == nil, !credential.isInHardware else { return }
        guard try !outside.isDaemonRunning() || store.hasBeenLetGo(credential) else { return }
        try destroyKey(of: credential)
    }
}

extension Rotation {
    /// The one that `revoke` means when none is named: the one whose revocation was interrupted, else the one that signs.
    /// What took its place is healthy.
    package func credentialToRevoke() throws -> StoredCredential {
        let active = try store.active()
        if let entry = try store.history().last(where: { $0.from == .active && $0.to == .revoked }),
            let revoked = try entry.credential.map(store.credential)
        {
            // What took its place did so in the same step, and so in the next line.
            let successor = try store.history().first { $0.seq > entry.seq && $0.to == .active }?.credential
            let isUnsettled = active.map { $0.settled == nil && $0.id == successor } ?? true
            if isUnsettled || (revoked.keyDestroyed == nil && !revoked.isInHardware) { return revoked }
        }
        guard let active else { throw KeyFault.noneActive }
        return active
    }

    /// For a key that others may have: has it sign no more, and something else sign at once. Its chain stays up, so that
    /// verifiers find it revoked.
    ///
    /// - Parameter withoutReplacement: sign nothing rather than go on until there is something else to sign with.
    package func revoke(
        _ id: String, _ certify: Certifier?, withoutReplacement: Bool, _ patience: Patience
    ) async throws -> StoredCredential {
        let revoked = try store.credential(id)
        switch revoked.state {
        case .revoked: break
        case .active where withoutReplacement: try store.move(revoked, to: .revoked, act)
        case .active:
            try requireApproval(toReplace: id)
            if try store.candidate() == nil, certify != nil { try stage() }
            try await take(from: certify, scope: nil)
            guard try store.candidate() != nil else { throw RotationFault.noReplacement(id) }
            try await publish(Patience(wait: patience.wait, settle: 0))
            guard let candidate = try store.candidate() else { throw RotationFault.noReplacement(id) }
            // Where nothing signs, nothing is lost by not waiting for it.
            try await haveTried(candidate, mayLackDaemon: true, wait: patience.wait)
            try activate(candidate, replacing: revoked, as: .revoked)
            outside.say("switched to \(candidate.id)")
        case .staged, .published, .retiring, .retired, .destroyed: try store.move(revoked, to: .revoked, act)
        }
        // Before what may be interrupted: the CA has to be told in any case.
        let serial = (try? revoked.certificates.first?.serialNumber) ?? "none, without a chain"
        outside.say("revoked \(id), serial number \(serial)")
        tellOfToken(revoked)
        try await settle(patience)
        try sweep()
        return try store.credential(id)
    }

    /// Before anything is issued and published that could not be switched to.
    private func requireApproval(toReplace id: String) throws {
        let candidate = try store.candidate()
        guard settings.needsTwoPersons, candidate?.approvedBy == nil else { return }
        throw RotationFault.replacementNotApproved(id, by: candidate?.id)
    }
}
