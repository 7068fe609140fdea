internal import Certificates
internal import Keys
internal import Logging

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
    private let logger: Logger

    init(keys: KeyWatch?, credential: Credential?, logger: Logger) {
        self.keys = keys
        self.credential = credential
        self.logger = logger
        if keys != nil, credential == nil {
            logger.error("nothing signs: no credential is active; run countersign keys rotate")
        }
    }

    /// In seconds, between attempts.
    private static let pause = 5

    /// - Parameter sign: returns when no event loop signs with anything else any more.
    mutating func follow(at now: Int, _ sign: (Credential?) async throws -> Void) async {
        do {
            let hasNews = try keys?.hasNews() == true || isWaiting
            // An encrypted key costs much to open: not at every look at a store that is as it was.
            guard hasNews || fault == nil || !(triedAt..<triedAt + Self.pause).contains(now) else {
                if keys?.mustStop() == true { await stop(sign) }
                return tellOfExpiry(at: now)
            }
            triedAt = now
            if hasNews || fault != nil { try await takeUp(at: now, sign) }
            fault = nil
        } catch {
            if fault != "\(error)" {
                logger.error("the credential that is to sign cannot be used", metadata: ["reason": "\(error)"])
            }
            fault = "\(error)"
            if keys?.mustStop() == true { await stop(sign) }
        }
        tellOfExpiry(at: now)
    }

    private mutating func takeUp(at now: Int, _ sign: (Credential?) async throws -> Void) async throws {
        isWaiting = try keys?.answer(at: now) == true
        if let change = try keys?.change() {
            switch change {
            case .signs(let id, let credential):
                try await sign(credential)
                self.credential = credential
                alarm = RotationAlarm()
                logger.info("signing with", metadata: ["credential": "\(id)", "url": "\(credential.url.text)"])
            case .signsNothing: await stop(sign)
            case .waits:
                isWaiting = true
                if keys?.mustStop() == true { await stop(sign) }
                return
            }
            keys?.took(change)
        }
        try keys?.confirm(at: now)
    }

    /// A key that others may have is used no more, whether there is another or not.
    private mutating func stop(_ sign: (Credential?) async throws -> Void) async {
        do {
            try await sign(nil)
            credential = nil
            keys?.took(.signsNothing)
            logger.error("nothing signs: the credential was revoked; run countersign keys rotate")
        } catch {
            logger.critical("a revoked credential still signs", metadata: ["reason": "\(error)"])
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
