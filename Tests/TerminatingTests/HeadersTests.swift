import MiniPKI
import Certificates
import Forgery
import PASSporT
import Terminating
import Testing

/// Rows VS-06, IDH-08, IDH-09 and TOK-16: a call with several Identity header fields.
@Suite struct `Several Identity header fields` {
    /// One of each kind that may come beside a good one.
    static func bad() -> [String] {
        var stale = Scene(), foreign = Scene(), diverted = Scene(), absent = Scene()
        stale.forgery.claims["iat"] = "\(Scene.now - 600)"
        foreign.forgery.key = Scene.stranger.key
        diverted.forgery.parameters = diverted.forgery.parameters.replacing("ppt=shaken", with: "ppt=div")
        absent.forgery.set(url: "https://cr.example.com/absent.pem")
        return [stale, foreign, diverted, absent].map(\.forgery.identity) + [
            "junk", "..x;info=<https://a.b/c>;ppt=shaken",
        ]
    }

    @Test(arguments: 0..<12) func `are valid if one is, in whatever order they stand`(seed: Int) async {
        var scene = Scene()
        var generator = SeededGenerator(seed: UInt64(seed))
        scene.identities = (Self.bad() + [scene.forgery.identity]).shuffled(using: &generator)
        let verdict = await scene.verdict()
        #expect(verdict.isValid)
        #expect(verdict.action == .allow)
        #expect(verdict.tokens.count == 7)
        #expect(verdict.tokens.filter { $0.finding == .valid }.count == 1)
        #expect(verdict.passport?.attestation == .full)
    }

    @Test(arguments: 0..<6) func `mean the same on one line, with commas between them`(seed: Int) async {
        var scene = Scene()
        var generator = SeededGenerator(seed: UInt64(seed))
        let all = (Self.bad() + [scene.forgery.identity]).shuffled(using: &generator)
        scene.identities = [all.joined(separator: " ,\t")]
        let verdict = await scene.verdict()
        #expect(verdict.isValid)
        #expect(verdict.tokens.count == 7)
    }

    @Test(arguments: 0..<6) func `fail for the one that came furthest, in whatever order they stand`(seed: Int) async {
        var scene = Scene()
        var generator = SeededGenerator(seed: UInt64(seed))
        scene.identities = Self.bad().shuffled(using: &generator)
        #expect(await scene.verdict().finding == .passport(.signatureInvalid))
        // Without the bad signature, 436 is what the only one says that needs a certificate.
        scene.identities = Self.bad().filter { !$0.hasPrefix(foreignToken) }.shuffled(using: &generator)
        #expect(await scene.verdict().finding == .certificate(.status(404)))
    }

    private var foreignToken: String {
        var foreign = Scene()
        foreign.forgery.key = Scene.stranger.key
        return String(foreign.forgery.parts[0..<2].joined(separator: "."))
    }

    @Test func `436 is said only when no certificate could be had for any of them`() async {
        var scene = Scene()
        var absent = Scene()
        absent.forgery.set(url: "https://cr.example.com/absent.pem")
        scene.identities = [absent.forgery.identity]
        #expect(await scene.verdict().outcome.code == .badIdentityInfo)
        scene.forgery.key = Scene.stranger.key
        scene.identities = [absent.forgery.identity, scene.forgery.identity]
        #expect(await scene.verdict().outcome.code == .invalidIdentityHeader)
    }

    @Test func `of an unsupported ppt are as if they were not there`() async {
        var scene = Scene(), diverted = Scene()
        diverted.forgery.header["ppt"] = #""div""#
        diverted.forgery.parameters = diverted.forgery.parameters.replacing("shaken", with: "\"div\"")
        scene.identities = [diverted.forgery.identity, scene.forgery.identity]
        #expect(await scene.verdict().isValid)
        scene.identities = [diverted.forgery.identity]
        let alone = await scene.verdict()
        #expect(alone.finding == .passport(.unsupportedExtension("div")))
        #expect(alone.outcome.code == .invalidIdentityHeader)
        scene.forgery.claims["iat"] = "\(Scene.now - 61)"
        scene.identities = [diverted.forgery.identity, scene.forgery.identity]
        #expect(await scene.verdict().finding == .stale)
        // Not even a fault of the same step counts for less, in either order.
        scene.forgery.header["alg"] = #""none""#
        for identities in [[diverted, scene], [scene, diverted]] {
            scene.identities = identities.map(\.forgery.identity)
            #expect(await scene.verdict().finding == .passport(.algorithmNotES256))
        }
    }

    /// What explains the other callee may stand in the token that we cannot read (RFC 8946 §4.2).
    @Test func `that tell of a diversion say that diversions are not supported`() async {
        var scene = Scene(), diverted = Scene()
        diverted.forgery.parameters = diverted.forgery.parameters.replacing("shaken", with: "div")
        scene.dest = ["14155550123"]
        scene.identities = [scene.forgery.identity, diverted.forgery.identity]
        #expect(await scene.verdict().finding == .passport(.unsupportedExtension("div")))
    }

    @Test func `beyond the tenth are left out, and that is noted`() async {
        var scene = Scene()
        let good = scene.forgery.identity
        scene.identities = Array(repeating: "junk", count: 9) + [good]
        let ten = await scene.verdict()
        #expect(ten.isValid)
        #expect(!ten.notes.contains("identity_headers_left_out"))
        scene.identities = Array(repeating: "junk", count: 10) + [good]
        let eleven = await scene.verdict()
        #expect(!eleven.isValid)
        #expect(eleven.tokens.count == 10)
        #expect(eleven.notes.contains("identity_headers_left_out"))
        scene.identities = [Array(repeating: "junk", count: 1_000).joined(separator: ",")]
        #expect(await scene.verdict().tokens.count == 10)
    }

    @Test func `the same one twice in a call is no replay of itself`() async {
        var scene = Scene()
        scene.identities = [scene.forgery.identity, scene.forgery.identity]
        #expect(await scene.verdict().isValid)
    }

    @Test func `in any spelling of their parameters say the same`() async {
        let token = Scene().forgery.token, url = Scene.carrier.x5u
        for parameters in [
            ";info=<\(url)>", ";info=<\(url)>;ppt=\"shaken\"", ";PPT=shaken;ALG=\"ES256\";INFO=<\(url)>",
            " ; info = <\(url)> ; alg = ES256 ; ppt = shaken ", ";info=<\(url)>;x;y=\"a,b;c\";ppt=shaken;",
            "\r\n ;info=<\(url)>;\r\n\tppt=shaken",
        ] {
            var scene = Scene()
            scene.identities = [token + parameters]
            #expect(await scene.verdict().isValid, "\(parameters)")
        }
    }
}
