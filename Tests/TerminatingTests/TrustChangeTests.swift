import PASSporT
import Certificates
import Forgery
import MiniPKI
import Policy
import Terminating
import Testing

/// A verdict on a chain is kept from call to call: what has changed since must count all the same.
@Suite struct `Between two calls` {
    private func call(_ scene: Scene, _ number: Int, at now: Int = Scene.now) -> TerminatingCall {
        var scene = scene
        scene.forgery.claims["origid"] = "\"de305d54-75b4-431b-adb2-eb6b9e5460\(number + 10)\""
        scene.forgery.claims["iat"] = "\(now)"
        return scene.call
    }

    @Test func `a certificate is revoked`() async {
        let scene = Scene(), verifier = Verifier(scene)
        #expect(await verifier.judge(call(scene, 1)).isValid)
        var revoked = scene
        revoked.revocationLists = [Scene.pki.revocationList(of: Scene.carrier)]
        verifier.cache.replaceTrust(revoked.trust())
        #expect(await verifier.judge(call(scene, 2)).finding == .certificate(.revoked(0)))
        #expect(verifier.fetched.count == 1)
    }

    @Test func `an anchor is no longer trusted`() async {
        let scene = Scene(), verifier = Verifier(scene)
        #expect(await verifier.judge(call(scene, 1)).isValid)
        var distrusting = scene
        distrusting.anchors = []
        verifier.cache.replaceTrust(distrusting.trust())
        #expect(await verifier.judge(call(scene, 2)).finding == .certificate(.untrusted))
    }

    @Test func `a certificate expires`() async {
        var scene = Scene()
        scene.sign(as: Scene.pki.leaf(.spc("1234"), notAfter: Scene.now + 10))
        let verifier = Verifier(scene)
        #expect(await verifier.judge(call(scene, 1, at: Scene.now + 10), at: Scene.now + 10).isValid)
        let expired = await verifier.judge(call(scene, 2, at: Scene.now + 10), at: Scene.now + 11)
        #expect(expired.finding == .certificate(.expired(0)))
    }

    @Test func `its issuer expires`() async {
        var scene = Scene()
        let issuer = Scene.pki.authority(notAfter: Scene.now + 10)
        scene.sign(as: Scene.pki.leaf(.spc("1234"), by: issuer))
        let verifier = Verifier(scene)
        #expect(await verifier.judge(call(scene, 1)).isValid)
        let expired = await verifier.judge(call(scene, 2), at: Scene.now + 11)
        #expect(expired.finding == .certificate(.expired(1)))
    }

    /// The verdict is about a URL as it is written: another spelling is another URL, asked anew.
    @Test func `another spelling of a URL is another URL`() async {
        let scene = Scene(), verifier = Verifier(scene)
        #expect(await verifier.judge(call(scene, 1)).isValid)
        var upper = scene
        upper.forgery.set(url: Scene.carrier.x5u.replacing("cr.example.com", with: "CR.example.com"))
        #expect(await verifier.judge(call(upper, 2)).finding == .certificate(.status(404)))
        #expect(verifier.fetched.count == 2)
    }

    /// P-44: what is kept is about the certificate, never about the token.
    @Test func `a token that passed is compared with the next call as well`() async {
        let scene = Scene(), verifier = Verifier(scene)
        var first = call(scene, 1), second = first
        first.callID = "a"
        second.callID = "a"
        second.dest = ["13035550000"]
        #expect(await verifier.judge(first).isValid)
        #expect(await verifier.judge(second).finding == .calleeDiffers)
    }

    @Test func `a number changes hands`() async {
        let scene = Scene(), verifier = Verifier(scene)
        #expect(await verifier.judge(call(scene, 1)).isValid)
        var later = scene
        later.ledger = Scene.ledger(
            holdings: Scene.holdings + [(carrier: "5678", range: Scene.global("12155551212", "12155551212"))])
        let after = await verifier.service.judge(call(scene, 2), by: later.rules(at: Scene.now))
        #expect(after.finding == .scope(.notSignersNumber))
    }
}
