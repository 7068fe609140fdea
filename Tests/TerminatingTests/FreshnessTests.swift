import MiniPKI
import Forgery
import PASSporT
import Terminating
import Testing

/// Rows FRS-01 to FRS-07: what is fresh, and how often it may be used.
@Suite struct `A token` {
    let scene = Scene()

    @Test func `is good once where the call has no identifier`() async {
        let verifier = Verifier(scene), call = scene.call
        #expect(await verifier.judge(call).isValid)
        #expect(await verifier.judge(call).finding == .replayed)
        #expect(await verifier.judge(call).finding == .replayed)
    }

    @Test func `is good again for the same call, and for no other`() async {
        let verifier = Verifier(scene)
        var call = scene.call
        call.callID = "a@host"
        #expect(await verifier.judge(call).isValid)
        #expect(await verifier.judge(call, at: Scene.now + 60).isValid)
        call.callID = "b@host"
        #expect(await verifier.judge(call).finding == .replayed)
        call.callID = nil
        #expect(await verifier.judge(call).finding == .replayed)
        call.callID = "a@host"
        #expect(await verifier.judge(call).isValid)
    }

    /// Who saw (r, s) can make (r, n - s), which verifies as well.
    @Test func `is recognised under its other signature`() async throws {
        let verifier = Verifier(scene)
        let first = scene.call
        var second = scene
        let signature = try #require(Forgery.bytes(ofBase64URL: scene.forgery.parts[2]))
        second.forgery.alter = { $0[2] = Forgery.base64URL(Forgery.twin(of: signature)) }
        #expect(await Verifier(scene).judge(second.call).isValid)
        #expect(await verifier.judge(first).isValid)
        #expect(await verifier.judge(second.call).finding == .replayed)
    }

    @Test func `is recognised when it is signed again, and in another spelling`() async {
        let verifier = Verifier(scene)
        #expect(await verifier.judge(scene.call).isValid)
        #expect(await verifier.judge(scene.call).finding == .replayed)
        var spaced = scene, shuffled = scene
        spaced.forgery.claimsText = Array(scene.forgery.claims.text.replacing(",", with: " ,\n").utf8)
        shuffled.forgery.claims.list.reverse()
        shuffled.forgery.header.list.reverse()
        #expect(await verifier.judge(spaced.call).finding == .replayed)
        #expect(await verifier.judge(shuffled.call).finding == .replayed)
    }

    @Test func `whose iat is a text is read only where that is tolerated, and counted`() async {
        var textual = scene
        textual.forgery.claims["iat"] = #""\#(Scene.now)""#
        #expect(await Verifier(textual).judge().finding == .passport(.claimMalformed("iat")))
        textual.settings.toleratesTextualTime = true
        let verifier = Verifier(textual), verdict = await verifier.judge()
        #expect(verdict.isValid && verdict.notes.contains("iat_is_text"))
        #expect(verifier.service.textualTimes == 1)
        textual.forgery.claims["iat"] = #""\#(Scene.now - 61)""#
        #expect(await Verifier(textual).judge().finding == .stale)
        for text in [#""x""#, #""1.0""#, #""""#, #"" 1""#, #""-1""#, "1.0", "null", #""99999999999999999999""#] {
            textual.forgery.claims["iat"] = text
            #expect(await Verifier(textual).judge().finding == .passport(.claimMalformed("iat")), "\(text)")
        }
    }

    @Test func `with another origid is another token`() async {
        let verifier = Verifier(scene)
        var other = scene
        other.forgery.claims["origid"] = #""00000000-75b4-431b-adb2-eb6b9e546014""#
        #expect(await verifier.judge(scene.call).isValid)
        #expect(await verifier.judge(other.call).isValid)
    }

    /// A stranger who signs the same claims, or spoils a token, uses nobody's up.
    @Test func `that does not verify is not remembered`() async {
        let verifier = Verifier(scene)
        var forged = scene
        forged.forgery.key = Scene.stranger.key
        #expect(await verifier.judge(forged.call).finding == .passport(.signatureInvalid))
        #expect(await verifier.judge(scene.call).isValid)
    }

    @Test func `that comes twice at once is good once`() async {
        let verifier = Verifier(scene), call = scene.call
        // Warm, so that all of them reach the store together.
        var other = scene
        other.forgery.claims["origid"] = #""00000000-75b4-431b-adb2-eb6b9e546014""#
        #expect(await verifier.judge(other.call).isValid)
        for round in 0..<20 {
            var fresh = scene
            fresh.forgery.claims["origid"] = "\"10000000-75b4-431b-adb2-eb6b9e5460\(round + 10)\""
            let call = fresh.call
            let passed = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 { group.addTask { @concurrent in await verifier.judge(call).isValid } }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(passed == 1)
        }
        #expect(await verifier.judge(call).isValid)
    }

    /// Otherwise a clock set back would make a token of the past fresh again, whose entry is forgotten.
    @Test func `does not become fresh again when the clock is set back`() async {
        let verifier = Verifier(scene)
        var old = scene, later = scene
        old.forgery.claims["iat"] = "\(Scene.now - 120)"
        later.forgery.claims["iat"] = "\(Scene.now)"
        #expect(await verifier.judge(later.call).isValid)
        #expect(await verifier.judge(old.call, at: Scene.now - 120).finding == .stale)
        #expect(await verifier.judge(later.call, at: Scene.now - 30).finding == .replayed)
    }

    /// The replay store would refuse it as well, but only after its certificate was fetched.
    @Test func `that is stale by a clock set back since then is known to be so at once`() async {
        let verifier = Verifier(scene)
        var old = scene, ahead = scene
        old.forgery.claims["iat"] = "\(Scene.now - 120)"
        ahead.forgery.claims["iat"] = "\(Scene.now + 61)"
        #expect(await verifier.judge(ahead.call).finding == .future)
        #expect(await verifier.judge(old.call, at: Scene.now - 120).finding == .stale)
        #expect(verifier.fetched == [])
    }

    @Test func `is remembered through its last fresh second`() async {
        for offset in [-60, 0, 60] {
            let verifier = Verifier(scene)
            var token = scene
            token.forgery.claims["iat"] = "\(Scene.now + offset)"
            #expect(await verifier.judge(token.call).isValid)
            #expect(await verifier.judge(token.call, at: Scene.now + offset + 60).finding == .replayed)
            #expect(await verifier.judge(token.call, at: Scene.now + offset + 61).finding == .stale)
        }
    }

    @Test func `that finds no room passes only where that was chosen`() async {
        for (choice, finding) in [
            (VerificationSettings.WhenReplayStoreIsFull.block, Finding.replayStoreFull), (.allow, .valid),
        ] {
            var full = scene
            full.settings.replayCapacity = 1
            full.settings.whenReplayStoreIsFull = choice
            let verifier = Verifier(full)
            #expect(await verifier.judge(full.call).isValid)
            // The one that is known is a replay all the same.
            #expect(await verifier.judge(full.call).finding == .replayed)
            full.forgery.claims["origid"] = #""00000000-75b4-431b-adb2-eb6b9e546014""#
            #expect(await verifier.judge(full.call).finding == finding)
            // Once the first is stale there is room again.
            full.forgery.claims["iat"] = "\(Scene.now + 61)"
            #expect(await verifier.judge(full.call, at: Scene.now + 61).isValid)
        }
    }
}

@Suite struct `The replay store` {
    func assertion(_ number: Int) -> InlineArray<32, UInt8> {
        InlineArray { UInt8(truncatingIfNeeded: $0 < 8 ? number >> ($0 * 8) : number &* 31 >> ($0 & 7)) }
    }

    @Test func `holds no more than its window and never more than its capacity`() {
        let store = ReplayStore(capacity: 1_000)
        var number = 0
        for second in 0..<600 {
            for _ in 0..<5 {
                #expect(store.enter(assertion(number), call: nil, expires: second + 60, at: second) == .first)
                number += 1
            }
            #expect(store.count <= 5 * 61)
        }
        #expect(store.enter(assertion(number - 1), call: nil, expires: 660, at: 659) == .replay)
        #expect(store.enter(assertion(number), call: nil, expires: 1_000_060, at: 1_000_000) == .first)
        #expect(store.count == 1)
        for more in 1..<2_000 {
            _ = store.enter(assertion(number + more), call: nil, expires: 1_000_060, at: 1_000_000)
        }
        #expect(store.count == 1_000)
        #expect(store.enter(assertion(number + 5_000), call: nil, expires: 1_000_060, at: 1_000_000) == .full)
        #expect(store.enter(assertion(number), call: nil, expires: 1_000_060, at: 1_000_000) == .replay)
    }

    @Test func `forgets nothing while the clock goes back and comes again`() {
        let store = ReplayStore(capacity: 10)
        #expect(store.enter(assertion(1), call: nil, expires: 1_060, at: 1_000) == .first)
        #expect(store.enter(assertion(1), call: nil, expires: 1_060, at: 10) == .replay)
        #expect(store.latest(10) == 1_000)
        // What expired before the latest time is forgotten, so nobody can tell whether it was seen.
        #expect(store.enter(assertion(2), call: nil, expires: 70, at: 10) == .stale)
        #expect(store.enter(assertion(2), call: nil, expires: 999, at: 999) == .stale)
        #expect(store.enter(assertion(2), call: nil, expires: 1_000, at: 999) == .first)
        #expect(store.enter(assertion(1), call: nil, expires: 1_060, at: 1_060) == .replay)
        #expect(store.enter(assertion(1), call: nil, expires: 1_121, at: 1_061) == .first)
    }

    @Test func `tells a retry from a replay`() {
        let store = ReplayStore(capacity: 10)
        #expect(store.enter(assertion(1), call: "a", expires: 60, at: 0) == .first)
        #expect(store.enter(assertion(1), call: "a", expires: 60, at: 0) == .sameCall)
        #expect(store.enter(assertion(1), call: "b", expires: 60, at: 0) == .replay)
        #expect(store.enter(assertion(1), call: nil, expires: 60, at: 0) == .replay)
        #expect(store.enter(assertion(2), call: nil, expires: 60, at: 0) == .first)
        #expect(store.enter(assertion(2), call: "a", expires: 60, at: 0) == .replay)
        #expect(store.enter(assertion(2), call: nil, expires: 60, at: 0) == .replay)
    }
}
