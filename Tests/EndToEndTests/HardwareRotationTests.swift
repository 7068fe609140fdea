import Foundation
import LibCrypto
import PASSporT
import SoftToken
import Testing

/// Credentials of the store whose keys are in a token, brought in by the tool and taken up by a daemon that runs.
@Suite(.timeLimit(.minutes(5))) struct HardwareRotationTests {
    private let token: SoftToken

    init() throws { token = try SoftToken() }

    private static func uri(_ object: String) -> String { "pkcs11:token=\(SoftToken.label);object=\(object)" }

    /// A carrier that signs with a key in a file, and knows how the token is reached; for as long as `body` takes.
    private func with<Value: Sendable>(
        _ body: (RotatingCarriers, Carrier) async throws -> Value
    ) async throws -> Value {
        try await RotatingCarriers.with { carriers in
            let sender = carriers.sender
            // The daemon's, and that of whoever runs the commands.
            for name in ["pin", "right"] { try sender.write(name, "\(SoftToken.pin)\n", mode: 0o600) }
            try sender.write(
                "c.yaml",
                sender.read("c.yaml").replacing(
                    "signing: {", with: "signing: {pkcs11Module: \(SoftToken.module), pin: pin, "))
            _ = try await carriers.begin()
            return try await body(carriers, sender)
        }
    }

    private var environment: String { "export SOFTHSM2_CONF=\(token.configuration)" }

    private static let hardware = ["--pkcs11-module", SoftToken.module, "--pin", "right"]

    private func keys(_ command: String, _ more: [String], of carrier: Carrier) async throws -> (Int32, String) {
        try await Program.run(
            "countersign", ["keys", command, "--data", "data"] + more, in: carrier.folder, after: environment)
    }

    /// What the command prints last.
    private func succeeds(_ command: String, _ more: [String], of carrier: Carrier) async throws -> String {
        let (status, output) = try await keys(command, more, of: carrier)
        guard status == 0 else { throw Unexpected("\(command): \(output)") }
        return String(output.split(separator: "\n").last ?? "")
    }

    private func rotate(_ carrier: Carrier, _ more: String...) async throws -> String {
        try await succeeds("rotate", ["--settle", "0", "--wait", "120"] + Self.hardware + more, of: carrier)
    }

    /// The token's URL, once its signature has been held against the certificate that is there.
    private func signer(_ carriers: RotatingCarriers, _ daemon: RunningDaemon) async throws -> String {
        // A machine that is busy with other things may let some expire.
        let identity = try await eventually("a signature") {
            try await daemon.sign("12155551001", "12155552001").identity
        }
        let passport = try UnverifiedPassport(IdentityHeader(parsing: identity))
        let leaf = try #require(try carriers.leaf(at: passport.certificateURL))
        _ = try passport.verified(by: leaf.verifyingKey)
        return passport.certificateURL
    }

    @Test func `keys in hardware follow on each other, and no file holds one`() async throws {
        for object in ["one", "two", "three"] { try token.hold(SigningKey.generate().pem(), as: object) }
        try await with { carriers, sender in
            try await sender.running(after: environment) { daemon in
                let one = try await succeeds(
                    "stage", ["--key", Self.uri("one"), "--ca", "ca"] + Self.hardware, of: sender)
                #expect(try await rotate(sender) == one)
                #expect(try await signer(carriers, daemon).contains(one))
                // On its loop, where no token is waited for.
                let emergency = try await daemon.sign("12155551001", "911")
                #expect(emergency.reason == "emergency_call_unsigned")
                #expect(try FileManager.default.contentsOfDirectory(atPath: "\(sender.folder)/data/keys").isEmpty)

                let (refused, words) = try await keys("rotate", ["--ca", "ca"] + Self.hardware, of: sender)
                #expect(refused == 1 && words.contains("countersign keys stage --key pkcs11:"), "\(words)")
                let (again, more) = try await keys("stage", ["--key", Self.uri("one")] + Self.hardware, of: sender)
                #expect(again == 1 && more.contains("is the key of credential \(one)"), "\(more)")

                // By a CA elsewhere, to which the key in the token signs a request.
                _ = try await succeeds(
                    "stage", ["--key", Self.uri("two"), "--csr", "two.csr"] + Self.hardware, of: sender)
                try await sender.tool("ca", "sign-csr", "two.csr", "--ca", "ca", "--spc", "709J", "--out", "two.pem")
                let two = try await succeeds(
                    "stage", ["--key", Self.uri("two"), "--chain", "two.pem"] + Self.hardware, of: sender)
                #expect(try await rotate(sender) == two)
                #expect(try await signer(carriers, daemon).contains(two))

                let three = try await succeeds("stage", ["--key", Self.uri("three")] + Self.hardware, of: sender)
                let (kept, question) = try await keys("retire", [three], of: sender)
                #expect(
                    kept == 1 && question.contains("give up \(three), which is to sign next, and there"), "\(question)")
                let (_, given) = try await keys("retire", [three, "--yes"], of: sender)
                #expect(given.contains("still in its token, as \(Self.uri("three"))"), "\(given)")
                let states = try await carriers.status().suffix(3).map(\.state)
                #expect(states == ["retiring", "active", "destroyed"])
            }
            // With the key in the token from the start.
            try await sender.running(after: environment) { daemon in _ = try await signer(carriers, daemon) }
        }
    }

    @Test func `a revoked key in hardware signs no more, and its owner is told where it is`() async throws {
        try token.hold(SigningKey.generate().pem(), as: "one")
        try await with { carriers, sender in
            try await sender.running(after: environment) { daemon in
                _ = try await succeeds("stage", ["--key", Self.uri("one"), "--ca", "ca"] + Self.hardware, of: sender)
                _ = try await rotate(sender)
                _ = try await signer(carriers, daemon)
                let (status, output) = try await keys(
                    "revoke", ["--why", "stolen", "--wait", "120", "--without-replacement", "--yes"], of: sender)
                #expect(status == 0 && output.contains("still in its token, as \(Self.uri("one"))"), "\(output)")
                #expect(try await daemon.sign("12155551001", "12155552001").code == -32002)
                // Back to keys in files, if that is said.
                let (refused, words) = try await keys("stage", ["--ca", "ca"], of: sender)
                #expect(refused == 1 && words.contains("is in hardware"), "\(words)")
                let file = try await succeeds("stage", ["--in-file", "--ca", "ca"], of: sender)
                #expect(try await rotate(sender) == file)
                #expect(try await signer(carriers, daemon).contains(file))
            }
        }
    }

    @Test(arguments: ["away", "hung"])
    func `a daemon starts without its token, says so, and signs when the token is back`(_ token: String) async throws {
        try self.token.hold(SigningKey.generate().pem(), as: "one")
        try await with { carriers, sender in
            _ = try await succeeds("stage", ["--key", Self.uri("one"), "--ca", "ca"] + Self.hardware, of: sender)
            let one = try await rotate(sender, "--without-daemon")
            try sender.write("c.yaml", sender.read("c.yaml").replacing(SoftToken.module, with: RemoteToken.module))
            try await RemoteToken.with(self.token) { remote in
                if token == "away" { remote.goAway() } else { remote.fallSilent() }
                try await sender.running(after: remote.environment) { daemon in
                    #expect(try await daemon.sign("12155551001", "12155552001").code == -32002)
                    _ = try await eventually("an alarm") {
                        sender.read("c.log").contains("nothing signs") ? true : nil
                    }
                    if token == "away" { remote.comeBack() } else { remote.speak() }
                    #expect(try await signer(carriers, daemon).contains(one))
                }
            }
            // Whoever asks whether a configuration can be used is told that it cannot.
            let (status, output) = try await Program.run(
                "countersignd", ["--config", "c.yaml", "--check"], in: sender.folder,
                after: "export P11_KIT_SERVER_ADDRESS=unix:path=/nowhere")
            #expect(status != 0, "\(output)")
        }
    }

    @Test func `a PIN that was wrong is not tried again by the same daemon`() async throws {
        try token.hold(SigningKey.generate().pem(), as: "one")
        try await with { carriers, sender in
            func expectRefusal() async throws {
                let (status, output) = try await keys("activate", ["--wait", "120"] + Self.hardware, of: sender)
                #expect(status == 1 && output.contains("the PIN is wrong"), "\(output)")
            }
            _ = try await succeeds("stage", ["--key", Self.uri("one"), "--ca", "ca"] + Self.hardware, of: sender)
            _ = try await succeeds("publish", ["--settle", "0"] + Self.hardware, of: sender)
            try sender.write("pin", "000000\n", mode: 0o600)
            try await sender.running(after: environment) { daemon in
                try await expectRefusal()
                try sender.write("pin", "\(SoftToken.pin)\n", mode: 0o600)
                try await expectRefusal()
                _ = try await signer(carriers, daemon)
            }
            try await sender.running(after: environment) { daemon in
                let one = try await rotate(sender)
                #expect(try await signer(carriers, daemon).contains(one))
            }
        }
    }

    @Test func `what is wrong is said, with what to do`() async throws {
        try token.hold(SigningKey.generate().pem(), as: "one")
        try await with { _, sender in
            func refused(_ more: [String], _ says: String) async throws {
                let (status, output) = try await keys("stage", more, of: sender)
                #expect(status != 0 && output.contains(says), "\(output)")
            }
            try await refused(["--key", Self.uri("one")], "--pkcs11-module")
            try await refused(["--key", Self.uri("one"), "--pin", "right"], "--pin goes with --pkcs11-module")
            try await refused(["--key", "key.pem"] + Self.hardware, "not the name of a key in a token")
            try await refused(["--key", Self.uri("none")] + Self.hardware, "there is no private key")
            try await refused(["--key", Self.uri("one"), "--in-file"] + Self.hardware, "--key names a key")
            _ = try await succeeds("stage", ["--key", Self.uri("one")] + Self.hardware, of: sender)
            try await refused(["--key", Self.uri("two")] + Self.hardware, "is being prepared already")
            try sender.write(
                "c.yaml", sender.read("c.yaml").replacing("answerMilliseconds: 490", with: "answerMilliseconds: 60"))
            let (status, output) = try await Program.run(
                "countersignd", ["--config", "c.yaml", "--check"], in: sender.folder)
            #expect(status != 0 && output.contains("leaves a key in hardware too little time"), "\(output)")
        }
    }
}
