import Certificates
import Forgery
import MiniPKI
import PASSporT
import Synchronization
import Terminating
import Testing

/// X5U-12: a signer may have put another certificate under the URL of the one that we know.
@Suite struct `A signature that the known certificate does not verify` {
    private final class Published: Sendable {
        let party = Mutex<MiniPKI.Party?>(nil)
        let fetches = Mutex(0)
        let calls = Mutex(100_000)

        func publish(_ party: MiniPKI.Party?) { self.party.withLock { $0 = party } }

        func fetch() -> FetchAnswer {
            fetches.withLock { $0 += 1 }
            return party.withLock { $0 }.map { .body(status: 200, contentType: nil, $0.pem) } ?? .timedOut
        }
    }

    private let published = Published()
    private let old = Scene.carrier, new = Scene.pki.leaf(.spc("1234"))
    private let service: VerificationService
    private let later = Scene.now + 60

    init() async {
        let published = published, scene = Scene()
        let cache = CertificateCache(trust: scene.trust()) { _ in published.fetch() }
        service = VerificationService(
            certificates: cache, urlRules: scene.urlRules, settings: scene.settings)
        published.publish(old)
        #expect(await verdict(by: old, at: Scene.now).isValid)
    }

    private func call(by party: MiniPKI.Party, at now: Int) -> (TerminatingCall, Scene) {
        var scene = Scene()
        scene.forgery.key = party.key
        scene.forgery.claims["iat"] = "\(now)"
        let number = published.calls.withLock { calls in
            calls += 1
            return calls
        }
        scene.forgery.claims["origid"] = "\"de305d54-75b4-431b-adb2-eb6b9e\(number)\""
        return (scene.call, scene)
    }

    private func verdict(by party: MiniPKI.Party, at now: Int) async -> Verdict {
        let (call, scene) = call(by: party, at: now)
        return await service.judge(call, by: scene.rules(at: now))
    }

    @Test func `is worth no look when it is none of ES256's`() async {
        var (_, scene) = call(by: new, at: later)
        scene.forgery.alter = { $0[2] = Forgery.base64URL([0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01]) }
        let verdict = await service.judge(scene.call, by: scene.rules(at: later))
        #expect(verdict.finding == .passport(.signatureMalformed))
        #expect(published.fetches.withLock { $0 } == 1)
    }

    @Test func `holds after another look, if the certificate has been replaced`() async {
        published.publish(new)
        #expect(await verdict(by: new, at: later).isValid)
        #expect(published.fetches.withLock { $0 } == 2)
        // The old key is its signer's no longer.
        #expect(await verdict(by: old, at: later).finding == .passport(.signatureInvalid))
    }

    @Test func `is bad, if it has not`() async {
        #expect(await verdict(by: new, at: later).finding == .passport(.signatureInvalid))
        #expect(published.fetches.withLock { $0 } == 2)
    }

    @Test func `cannot have it asked for more than four times at once, nor lost`() async {
        published.publish(nil)
        for _ in 0..<20 {
            #expect(await verdict(by: new, at: later).finding == .passport(.signatureInvalid))
        }
        #expect(published.fetches.withLock { $0 } == 1 + 4)
        #expect(await verdict(by: old, at: later).isValid)
    }

    @Test func `is not waited for by a call that has another token that holds`() async {
        let (bad, _) = call(by: new, at: later)
        var (good, scene) = call(by: old, at: later)
        good.identities = bad.identities + good.identities
        let judgement = service.judge(good, by: scene.rules(at: later), mayWait: true)
        guard case .decided(let verdict) = judgement else {
            Issue.record("it waits")
            return
        }
        #expect(verdict.isValid)
    }

    @Test func `is judged by what is known, when the call can wait no longer`() async {
        let (call, scene) = call(by: new, at: later)
        let judgement = service.judge(call, by: scene.rules(at: later), mayWait: false)
        guard case .decided(let verdict) = judgement else {
            Issue.record("it waits")
            return
        }
        #expect(verdict.finding == .passport(.signatureInvalid))
        #expect(published.fetches.withLock { $0 } == 1)
    }

    @Test func `is not needed for a chain that holds to outlast its repository`() async {
        published.publish(nil)
        let day = Scene.now + 86_400
        let (call, scene) = call(by: old, at: day)
        guard case .waiting = service.judge(call, by: scene.rules(at: day), mayWait: true),
            case .decided(let verdict) = service.judge(
                call, by: scene.rules(at: day), mayWait: false)
        else {
            Issue.record("it does not wait, or waits on")
            return
        }
        #expect(verdict.isValid)
        #expect(verdict.notes.contains("certificate_not_confirmed"))
    }

    @Test func `is not told of when it is its repository that does not answer, for a day`() async {
        let day = Scene.now + 86_400
        #expect(await !self.verdict(by: old, at: day - 1).notes.contains("certificate_not_confirmed"))
        published.publish(nil)
        for later in [day, day + 5, day + 86_399] {
            let verdict = await verdict(by: old, at: later)
            #expect(verdict.isValid)
            #expect(verdict.notes.contains("certificate_not_confirmed"))
        }
        #expect(await verdict(by: old, at: day + 86_400).finding == .certificate(.timedOut))
    }
}
