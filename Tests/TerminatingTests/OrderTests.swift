import MiniPKI
import Certificates
import Forgery
import PASSporT
import Policy
import Terminating
import Testing

/// VS-02: what is cheap and safe comes first, each failure ends the judgement, and nothing is fetched for a token
/// that is
/// already known to be bad.
@Suite struct `The order of verification` {
    /// A fault of each step, that spoils nothing of another.
    static let faults: [(step: VerificationStep, spoil: @Sendable (inout Scene) -> Void, finding: Finding)] = [
        (.header, { $0.forgery.header["crit"] = #"["b64"]"# }, .passport(.criticalHeader)),
        (.claims, { $0.forgery.claims["origid"] = "7" }, .passport(.claimMalformed("origid"))),
        (.freshness, { $0.forgery.claims["iat"] = "\(Scene.now - 61)" }, .stale),
        (.numbers, { $0.dest = ["12355550000"] }, .calleeDiffers),
        (.certificate, { $0.answers = [:] }, .certificate(.status(404))),
        (.scope, { $0.ledger = Scene.emptyLedger }, .scope(.notSignersNumber)),
        (.signature, { $0.forgery.key = Scene.stranger.key }, .passport(.signatureInvalid)),
        (.replay, { $0.settings.replayCapacity = 0 }, .replayStoreFull),
    ]

    @Test(arguments: faults.indices, faults.indices)
    func `of two faults the earlier one is found`(one: Int, other: Int) async {
        var scene = Scene()
        Self.faults[one].spoil(&scene)
        Self.faults[other].spoil(&scene)
        let expected = Self.faults[min(one, other)]
        let verdict = await scene.verdict()
        #expect(verdict.finding == expected.finding)
        #expect(verdict.finding.step == expected.step)
    }

    /// The certificate's bounds on `iat` and its constraints need the certificate, and so take its place in the
    /// order.
    @Test func `constraints come after the scope and before the signature`() async {
        var scene = Scene()
        scene.sign(as: Scene.constrained(mustInclude: ["rcd"]))
        scene.forgery.key = Scene.stranger.key
        #expect(await scene.verdict().finding == .claimRequired("rcd"))
        scene.ledger = Scene.emptyLedger
        #expect(await scene.verdict().finding == .scope(.notSignersNumber))
    }

    @Test(arguments: Case.tokens + Case.calls)
    func `nothing is fetched for what is known to be bad without it`(row: Case) async {
        let verifier = Verifier(row.scene())
        let verdict = await verifier.judgeAll()
        // A token that holds may leave the rules for the number unmoved.
        guard verdict.deciding?.finding != .valid,
            !row.scene().mayWait || verdict.finding.step.map({ $0 < .certificate }) ?? !verdict.isValid
        else { return }
        guard case .passport(.signatureInvalid) = verdict.finding else {
            #expect(verifier.fetched.isEmpty)
            return
        }
    }

    @Test(arguments: Case.certificates.filter { $0.reason.hasPrefix("url_") })
    func `a URL that leads inside is not asked`(row: Case) async {
        let verifier = Verifier(row.scene())
        _ = await verifier.judgeAll()
        #expect(verifier.fetched.isEmpty)
    }

    @Test func `a redirect is not followed`() async {
        var scene = Scene()
        scene.answers[Scene.carrier.x5u] = .redirect("https://cr.example.com/good.pem")
        scene.answers["https://cr.example.com/good.pem"] = .body(status: 200, contentType: nil, Scene.carrier.pem)
        let verifier = Verifier(scene)
        _ = await verifier.judge()
        #expect(verifier.fetched == [Scene.carrier.x5u])
    }

    @Test func `a certificate is fetched once for many calls`() async {
        let verifier = Verifier(Scene())
        for number in 0..<5 {
            var scene = Scene()
            scene.forgery.claims["origid"] = "\"de305d54-75b4-431b-adb2-eb6b9e54601\(number)\""
            #expect(await verifier.judge(scene.call).isValid)
        }
        #expect(verifier.fetched == [Scene.carrier.x5u])
    }

    @Test(arguments: Case.all) func `the steps that are said to be passed are those before the one that failed`(
        row: Case
    )
        async
    {
        let verdict = await row.scene().verdict()
        if verdict.isValid {
            #expect(verdict.checks == VerificationStep.allCases.map(\.rawValue))
        } else if let step = verdict.finding.step {
            #expect(verdict.checks == VerificationStep.allCases.filter { $0 < step }.map(\.rawValue))
            // Whoever says that the certificate was checked must have one.
            #expect(!verdict.checks.contains("certificate") || verdict.deciding?.chain != nil)
        } else {
            #expect(verdict.checks.isEmpty)
        }
    }

    @Test func `whoever cannot wait is told that it is pending, and remembers nothing`() async {
        let verifier = Verifier(Scene())
        let call = verifier.scene.call
        func now(mayWait: Bool) -> VerificationService.Judgement {
            verifier.service.judge(call, by: verifier.scene.rules(at: Scene.now), mayWait: mayWait)
        }
        guard case .waiting(let urls, nil) = now(mayWait: true) else {
            Issue.record("decided without a certificate")
            return
        }
        #expect(urls.map(\.text) == [Scene.carrier.x5u])
        guard case .decided(let verdict) = now(mayWait: false) else {
            Issue.record("waits although it may not")
            return
        }
        #expect(verdict.finding == .certificatePending)
        #expect(await verifier.judge(call).isValid)
    }
}

extension Scene {
    static let emptyLedger = ledger(holdings: [])
}
