import Certificates
import Forgery
import MiniPKI
import PASSporT
import Terminating
import Testing

/// Whoever serves the chains of others at URLs of his own cannot sign for them, and takes no place from those who can.
@Suite struct `A flood of chains without a signature` {
    /// A call of the signer, and of the stranger who has no more of him than his chain.
    private static func scene(signs: Bool, at url: String) -> Scene {
        var scene = Scene()
        scene.limits.newcomers = 2
        scene.forgery.set(url: url)
        scene.forgery.claims["origid"] = "\"de305d54-75b4-431b-adb2-eb6b9e546014\""
        if !signs { scene.forgery.key = Scene.pki.leaf(.spc("1234")).key }
        return scene
    }

    @Test(arguments: [true, false])
    func `pushes out a chain unless a signature has been verified by it`(isSigned: Bool) async {
        var scene = Self.scene(signs: isSigned, at: Scene.carrier.x5u)
        let urls = (0..<5).map { "https://stranger.example.com/\($0)" }
        for url in urls { scene.answers[url] = .body(status: 200, contentType: nil, Scene.carrier.pem) }
        let verifier = Verifier(scene)
        #expect(await verifier.judge().isValid == isSigned)
        for url in urls {
            let verdict = await verifier.judge(Self.scene(signs: false, at: url).call)
            #expect(verdict.finding == .passport(.signatureInvalid))
        }
        let known = verifier.cache.warm(Scene.carrier.x5u, at: Scene.now)
        #expect(known?.isProven == (isSigned ? true : nil))
        #expect(verifier.cache.warm(urls[4], at: Scene.now)?.isProven == false)
        #expect(verifier.cache.warm(urls[2], at: Scene.now) == nil)
    }
}
