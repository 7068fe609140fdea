internal import Certificates
internal import Keys
internal import LibCrypto
internal import Logging
internal import NIOPosix

/// Has every event loop sign with the credential that the store of keys names, and says when that is to be replaced.
struct SigningWatch {
    private var keys: KeyWatch?
    private(set) var credential: Credential?
    private var alarm = RotationAlarm()
    /// Why the store's last word could not be followed; it is tried again until it can.
    private var fault: String?
    private var triedAt = 0
    /// For a credential that is being opened.
    private var isWaiting = false
    /// When it was said that nothing signs, if nothing does.
    private var toldOfNothing: Int?
    private let threads: NIOThreadPool
    private let logger: Logger

    /// - Parameter threads: where the store is read and written, and keys in files are opened.
    init(keys: KeyWatch?, credential: Credential?, threads: NIOThreadPool, logger: Logger) {
        self.keys = keys
        self.credential = credential
        self.threads = threads
        self.logger = logger
    }

    /// In seconds: between attempts, and between alarms that nothing signs.
    private static let pause = 5, pauseOfAlarm = 3_600

    /// All that was opened: what signs, and what is to sign next.
    var opened: [Credential] { [credential].compactMap { $0 } + (keys?.ready ?? []) }

    /// - Parameter sign: returns when every event loop takes up its next call with that. Calls that wait for a key in
    ///   hardware by then are still signed with it, unless it was revoked.
    mutating func follow(at now: Int, _ sign: (Credential?) async throws -> Void) async {
        do {
            let hasNews = try await withKeys { try $0.hasNews() } == true || isWaiting
            // An encrypted key costs much to open: not at every look at a store that is as it was.
            guard hasNews || fault == nil || !(triedAt..<triedAt + Self.pause).contains(now) else {
                await stopIfRevoked(at: now, sign)
                return tell(at: now)
            }
            triedAt = now
            if hasNews || fault != nil { try await takeUp(at: now, sign) }
            if !isWaiting { fault = nil }
        } catch {
            if fault != "\(error)" { tell(of: error) }
            fault = "\(error)"
            await stopIfRevoked(at: now, sign)
        }
        tell(at: now)
    }

    private mutating func takeUp(at now: Int, _ sign: (Credential?) async throws -> Void) async throws {
        isWaiting = false
        isWaiting = try await withKeys { try $0.answer(at: now) } == true
        if let change = try await withKeys({ try $0.change() }) ?? nil {
            switch change {
            case .signs(let id, let credential):
                if try await withKeys({ $0.mustStop() }) == true { self.credential?.key.tokenSigners?.revoke() }
                try await sign(credential)
                self.credential = credential
                alarm = RotationAlarm()
                toldOfNothing = nil
                logger.info("signing with", metadata: ["credential": "\(id)", "url": "\(credential.url.text)"])
            case .signsNothing: await stop(at: now, sign)
            case .waits:
                isWaiting = true
                return await stopIfRevoked(at: now, sign)
            }
            keys?.took(change)
        }
        _ = try await withKeys { try $0.confirm(at: now) }
    }

    /// The store may be locked by others for seconds.
    private mutating func withKeys<Value: Sendable>(
        _ body: @escaping @Sendable (inout KeyWatch) throws -> Value
    ) async throws -> Value? {
        guard let keys else { return nil }
        let (after, outcome) = try await threads.runIfActive {
            var keys = keys
            let outcome = Result { try body(&keys) }
            return (keys, outcome)
        }
        self.keys = after
        return try outcome.get()
    }

    private mutating func stopIfRevoked(at now: Int, _ sign: (Credential?) async throws -> Void) async {
        if let mustStop = try? await withKeys({ $0.mustStop() }), mustStop { await stop(at: now, sign) }
    }

    /// A key that others may have is used no more, whether there is another or not.
    private mutating func stop(at now: Int, _ sign: (Credential?) async throws -> Void) async {
        do {
            credential?.key.tokenSigners?.revoke()
            try await sign(nil)
            credential = nil
            toldOfNothing = now
            keys?.took(.signsNothing)
            logger.error("nothing signs: the credential was revoked; run countersign keys rotate")
        } catch {
            logger.critical("a revoked credential still signs", metadata: ["reason": "\(error)"])
        }
    }
}

extension SigningWatch {
    private func tell(of error: any Error) {
        let what =
            error is UnusableCredential
            ? "the credential that is to sign cannot be used" : "the store of keys cannot be read or written"
        logger.error("\(what)", metadata: ["reason": "\(error)"])
    }

    private mutating func tell(at now: Int) {
        if credential != nil { tellOfExpiry(at: now) } else { tellOfNothing(at: now) }
    }

    private mutating func tellOfNothing(at now: Int) {
        guard keys != nil else { return }
        if let toldOfNothing, (toldOfNothing..<toldOfNothing + Self.pauseOfAlarm).contains(now) { return }
        toldOfNothing = now
        if let fault {
            logger.error("nothing signs", metadata: ["reason": "\(fault)"])
        } else if isWaiting {
            logger.error("nothing signs: the credential that is to sign is being opened; its token takes long")
        } else {
            logger.error("nothing signs: no credential is active; run countersign keys rotate")
        }
    }

    private mutating func tellOfExpiry(at now: Int) {
        guard let credential else { return }
        let urgency = alarm.urgencyToTell(
            notBefore: credential.notBefore, notAfter: credential.notAfter, rotateDays: keys?.rotateDays ?? 0, at: now)
        let facts: Logger.Metadata = ["url": "\(credential.url.text)", "expires": "\(UTC.text(credential.notAfter))"]
        switch urgency {
        case nil, .notYet: break
        case .due: logger.warning("the signing certificate is due: run countersign keys rotate", metadata: facts)
        case .overdue: logger.error("the signing certificate ends soon: run countersign keys rotate", metadata: facts)
        case .expired: logger.error("the signing certificate has expired: nothing is signed", metadata: facts)
        }
    }
}
