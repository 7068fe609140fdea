import Foundation
import Glibc
import LibCrypto
import PASSporT
import Records
import Synchronization
import Testing

/// How long keys are rotated under load: Tools/rotation says, and takes minutes. It also runs what has to happen within
/// seconds, since nothing else runs beside it.
enum Rotations {
    static let seconds = Int(ProcessInfo.processInfo.environment["COUNTERSIGN_ROTATION"] ?? "") ?? 0
    static var isLong: Bool { seconds > 0 }
}

/// Keys of a daemon that runs, changed by the tool.
@Suite(.timeLimit(.minutes(30))) struct KeyRotationTests {
    @Test func `keys are rotated under load, and no call fails`() async throws {
        let seconds = Rotations.isLong ? Rotations.seconds : 6, pace = Rotations.isLong ? 2_000 : 200
        let load = RotationLoad(pace: pace, lanes: 4)
        let rotations = try await RotatingCarriers.with { carriers in
            _ = try await carriers.begin()
            return try await carriers.sender.running { sender in
                try await carriers.receiver.running { receiver in
                    try await load.run(carriers, from: sender.switchPort, to: receiver.trunkPort) {
                        let end = ContinuousClock.now + .seconds(seconds)
                        var rotations = 0
                        while ContinuousClock.now < end {
                            let next = ContinuousClock.now + .seconds(2)
                            try await carriers.rotate()
                            rotations += 1
                            try await Task.sleep(until: next)
                        }
                        return rotations
                    }
                }
            }
        }
        let seen = load.seen.withLock { $0 }
        print("\(seen.valid) calls, \(seen.late) late answers, \(rotations) rotations, \(seen.urls.count) keys")
        #expect(seen.failures.isEmpty, "\(seen.failures.prefix(5))")
        #expect(seen.valid > 0 && seen.urls.count > rotations / 2)
        // Beside other work, answers may be late and the pace not be reached, through nobody's fault.
        guard Rotations.isLong else { return }
        #expect(seen.late <= seen.valid / 10_000, "calls were lost")
        #expect(seen.valid >= pace * seconds / 100 * 98, "the pace was not kept up")
    }

    /// What changes the disk.
    private static let calls =
        "fsync,fdatasync,link,unlink,ftruncate" + (Rotations.isLong ? ",pwrite64" : "")

    @Test func `a rotation that is killed at any step is finished by the next`() async throws {
        let kills = try await RotatingCarriers.with { carriers in
            var active = try await carriers.begin(), kills: [Int] = []
            return try await carriers.sender.running { daemon in
                for number in stride(from: 1, through: .max, by: Rotations.isLong ? 1 : 3) {
                    var delay = 20, end = try await killed(carriers, after: number, replacing: active, delay)
                    while end == .late {
                        active = try await carriers.rotate("--replace", active)
                        delay *= 2
                        end = try await killed(carriers, after: number, replacing: active, delay)
                    }
                    guard end == .killed else { break }
                    kills.append(number)
                    #expect(try await daemon.sign("12155551001", "12155552001").identity != nil)
                    let next = try await carriers.rotate("--replace", active)
                    // Once more, and nothing more happens.
                    #expect(try await carriers.rotate("--replace", active) == next && next != active)
                    try await expectTheEnd(carriers, next, "after \(number)")
                    active = next
                }
                return kills
            }
        }
        print("killed \(kills.count) times, the last after \(kills.last ?? 0) system calls")
        #expect(kills.count > 5)
    }

    private enum End {
        case killed
        /// It had ended before this test, which other work held up, had seen so many calls.
        case late
        /// A whole rotation makes fewer calls.
        case never
    }

    /// strace holds each such system call up when it has been made, for so many milliseconds, which leaves the time to kill the
    /// command there.
    private func killed(
        _ carriers: RotatingCarriers, after number: Int, replacing active: String, _ delay: Int
    ) async throws -> End {
        let trace = "\(UUID().uuidString).trace", folder = carriers.sender.folder
        let program = try Program(
            "/usr/bin/strace",
            ["-f", "-qq", "-o", trace, "-e", "trace=\(Self.calls)", "-e", "inject=\(Self.calls):delay_exit=\(delay)ms"]
                + [Program.path("countersign")] + RotatingCarriers.rotation + ["--replace", active],
            in: folder, log: "\(folder)/killed.log")
        while program.isRunning {
            let lines = carriers.sender.read(trace).split(separator: "\n")
            if lines.count >= number, let process = lines.first.flatMap({ Int32($0.prefix(while: \.isNumber)) }) {
                kill(process, SIGKILL)
                break
            }
            try await Task.sleep(for: .milliseconds(1))
        }
        let status = await program.ended()
        guard status == 0 || status == SIGKILL else { throw Unexpected(carriers.sender.read("killed.log")) }
        if status == SIGKILL { return .killed }
        return carriers.sender.read(trace).split(separator: "\n").count < number ? .never : .late
    }

    /// One signs, the others retire without their keys, and nothing else is in the folders.
    private func expectTheEnd(_ carriers: RotatingCarriers, _ active: String, _ place: String) async throws {
        let lines = try await carriers.status(), data = "\(carriers.sender.folder)/data"
        #expect(lines.filter { $0.state == "active" }.map(\.id) == [active], "\(place)")
        #expect(lines.allSatisfy { $0.id == active || ($0.state == "retiring" && $0.keyDestroyed != nil) }, "\(place)")
        #expect(lines.last?.settled != nil, "\(place)")
        // A key whose row was never written is nobody's, and left alone.
        let keys = try Set(FileManager.default.contentsOfDirectory(atPath: data + "/keys"))
        #expect(keys.isSuperset(of: ["\(active).key"]) && keys.allSatisfy { $0.hasSuffix(".key") }, "\(place)")
        #expect(keys.intersection(lines.map { "\($0.id).key" }) == ["\(active).key"], "\(place)")
        let published = try FileManager.default.contentsOfDirectory(atPath: data + "/published")
        #expect(Set(published) == Set(lines.map { "\($0.id).pem" }), "\(place)")
    }

    @Test func `a revoked key signs no more, and its chain stays up`() async throws {
        try await RotatingCarriers.with { carriers in
            let old = try await carriers.begin(), sender = carriers.sender
            try await sender.running { daemon in
                #expect(try await url(of: daemon.sign("12155551001", "12155552001"))?.contains(old) == true)
                let revocation = [
                    "keys", "revoke", "--data", "data", "--why", "stolen", "--wait", "120", "--without-replacement",
                ]
                // Mistyped, or in a script that does not say so.
                let (refused, words) = try await Program.run("countersign", revocation, in: sender.folder)
                #expect(
                    refused == 1 && words.contains("revoke \(old), which signs now, and destroy its key"), "\(words)")
                #expect(words.contains("--yes"), "\(words)")
                #expect(try await url(of: daemon.sign("12155551001", "12155552001"))?.contains(old) == true)
                let (status, output) = try await Program.run(
                    "countersign",
                    revocation + ["--yes"],
                    in: sender.folder)
                #expect(status == 0 && output.contains("tell the CA"), "\(output)")
                #expect(try await daemon.sign("12155551001", "12155552001").code == -32002)
                let emergency = try await daemon.sign("12155551001", "911")
                #expect(emergency.reason == "emergency_call_unsigned" && emergency.sip == 200, "\(emergency.text)")
                #expect(sender.read("c.log").contains("nothing signs"))
                #expect(!sender.read("data/published/\(old).pem").isEmpty)
                let new = try await carriers.rotate()
                #expect(try await url(of: daemon.sign("12155551001", "12155552001"))?.contains(new) == true)
            }
            let unsigned = try sender.records.list().filter { $0.kind == "signRefused" }.map(\.reason)
            #expect(Set(unsigned) == ["no_credential", "emergency_call_unsigned"], "\(unsigned)")
        }
    }

    @Test func `a revoked key signs no more where what is to replace it cannot be opened`() async throws {
        try await RotatingCarriers.with { carriers in
            let old = try await carriers.begin(), sender = carriers.sender
            try sender.write("passphrase", "correct horse battery\n", mode: 0o600)
            try await sender.running { daemon in
                #expect(try await url(of: daemon.sign("12155551001", "12155552001"))?.contains(old) == true)
                // To the command it looks as if no daemon ran. This one, which was told of no passphrase, would have refused.
                try FileManager.default.moveItem(
                    atPath: "\(sender.folder)/data/daemon.lock", toPath: "\(sender.folder)/data/elsewhere")
                let (status, output) = try await Program.run(
                    "countersign",
                    [
                        "keys", "revoke", "--data", "data", "--why", "stolen", "--ca", "ca", "--passphrase",
                        "passphrase", "--wait", "120", "--yes",
                    ], in: sender.folder)
                #expect(status == 0 && output.contains("revoked \(old)"), "\(output)")
                _ = try await eventually("a refusal") {
                    try await daemon.sign("12155551001", "12155552001").code == -32002 ? true : nil
                }
                let log = sender.read("c.log")
                #expect(log.contains("the credential that is to sign cannot be used"), "\(log)")
                #expect(log.contains("nothing signs: the credential was revoked"), "\(log)")
            }
        }
    }

    private func url(of answer: Answer) throws -> String? {
        try answer.identity.map { try UnverifiedPassport(IdentityHeader(parsing: $0)).certificateURL }
    }

    @Test func `what the daemon cannot open is not switched to`() async throws {
        try await RotatingCarriers.with { carriers in
            let sender = carriers.sender, encrypted = ["--passphrase", "passphrase"]
            func expectRefusal(_ says: String, _ more: [String]) async throws {
                let (status, output) = try await Program.run(
                    "countersign", RotatingCarriers.rotation + more, in: sender.folder)
                #expect(status == 1 && output.contains(says) && output.contains("nothing was switched"), "\(output)")
            }
            try sender.write("passphrase", "correct horse battery\n", mode: 0o600)
            let old = try await carriers.begin()
            // Nobody has told the daemon of the passphrase.
            try await sender.running { daemon in
                try await expectRefusal("the daemon cannot sign with", encrypted)
                #expect(try await url(of: daemon.sign("12155551001", "12155552001"))?.contains(old) == true)
            }
            try sender.write(
                "c.yaml", sender.read("c.yaml").replacing("signing: {", with: "signing: {keyPassphrase: passphrase, "))
            try await expectRefusal("no daemon runs", encrypted)
            try await sender.running { daemon in
                let new = try await carriers.rotate("--passphrase", "passphrase")
                #expect(new != old)
                #expect(try await url(of: daemon.sign("12155551001", "12155552001"))?.contains(new) == true)
            }
            let last = try await carriers.rotate("--passphrase", "passphrase", "--without-daemon")
            #expect(try await sender.tool("keys", "history", "--data", "data", last).contains("untried"))
        }
    }

    @Test func `what init has set is changed while the daemon runs, which then tells when to rotate`() async throws {
        try await RotatingCarriers.with { carriers in
            let sender = carriers.sender
            _ = try await carriers.begin()
            try await sender.running { _ in
                #expect(!sender.read("c.log").contains("countersign keys rotate"))
                let change = try await sender.tool("keys", "set", "--data", "data", "--rotate-days", "36500")
                #expect(change == "rotate-days: 36500, before: 0\n")
                try await eventually("an alarm") {
                    sender.read("c.log").contains("run countersign keys rotate") ? true : nil
                }
            }
            let (status, output) = try await Program.run(
                "countersign", ["keys", "set", "--data", "data", "--anchors", "nowhere"], in: sender.folder)
            #expect(status == 1 && output.contains("nowhere"), "\(output)")
        }
    }

    @Test func `an encrypted key signs, and neither it nor its passphrase is where others see it`() async throws {
        try await RotatingCarriers.with { carriers in
            let sender = carriers.sender, secret = "correct horse battery", check = ["--config", "c.yaml", "--check"]
            try sender.write("passphrase", "\(secret)\n", mode: 0o600)
            let id = try await carriers.begin("--passphrase", "passphrase")
            #expect(sender.read("data/keys/\(id).key").hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----"))
            let without = try await Program.run("countersignd", check, in: sender.folder)
            #expect(without.status != 0 && without.output.contains("passphrase"), "\(without.output)")
            try sender.write(
                "c.yaml", sender.read("c.yaml").replacing("signing: {", with: "signing: {keyPassphrase: passphrase, "))
            try await sender.running { daemon in
                #expect(try await daemon.sign("12155551001", "12155552001").identity != nil)
                let process = "/proc/\(daemon.program.identifier)"
                #expect(try !String(contentsOfFile: "\(process)/cmdline", encoding: .utf8).contains(secret))
                let limits = try String(contentsOfFile: "\(process)/limits", encoding: .utf8)
                #expect(limits.split(separator: "\n").contains { $0.hasPrefix("Max core file size        0 ") })
            }
            let key = sender.read("data/keys/\(id).key").split(separator: "\n").filter { !$0.hasPrefix("-") }
            for line in key + [secret[...]] { #expect(!sender.read("c.log").contains(line)) }
            try sender.write("passphrase", "another\n", mode: 0o600)
            #expect(try await Program.run("countersignd", check, in: sender.folder).status != 0)
            try sender.write("passphrase", secret, mode: 0o644)
            let open = try await Program.run("countersignd", check, in: sender.folder)
            #expect(open.status != 0 && open.output.contains("chmod 600"), "\(open.output)")
        }
    }
}
