package import Foundation
internal import Glibc

/// A SoftHSM token in a folder of its own, which is removed with it.
///
/// A key gets into it as a file that is gone again before anybody signs.
package final class SoftToken: Sendable {
    package static let label = "carrier", pin = "271828", object = "sign"
    package static let uri = "pkcs11:token=\(label);object=\(object)"
    /// Debian's `libsofthsm2`.
    package static let module = "/usr/lib/softhsm/libsofthsm2.so"

    /// SoftHSM's as well, in which ``bar()`` works.
    package static let slowModule = Bundle.main.bundleURL.appending(path: "libSlowModule.so").path

    package let folder: String
    /// What `SOFTHSM2_CONF` has to say for this token to be the one there is.
    package let configuration: String
    private let tokens: String

    /// - Parameter configuration: where to write what names the token's folder, if that place matters.
    package init(configuration: String? = nil) throws {
        folder = NSTemporaryDirectory() + "token-\(UUID().uuidString)"
        tokens = "\(folder)/tokens"
        self.configuration = configuration ?? "\(folder)/softhsm2.conf"
        try FileManager.default.createDirectory(atPath: tokens, withIntermediateDirectories: true)
        try Data("directories.tokendir = \(tokens)\nobjectstore.backend = file\nlog.level = ERROR\n".utf8)
            .write(to: URL(filePath: self.configuration))
        try run(
            "softhsm2-util", "--init-token", "--free", "--label", Self.label, "--pin", Self.pin, "--so-pin", "314159")
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
        try? FileManager.default.removeItem(atPath: configuration)
    }

    /// For tests that load the module into their own process: all of them write this one file, one after another, since
    /// the environment of a process is not for changing while it runs.
    package static func inThisProcess() throws -> SoftToken { try SoftToken(configuration: configurationOfProcess) }

    private static let configurationOfProcess = {
        let path = NSTemporaryDirectory() + "softhsm2-\(ProcessInfo.processInfo.processIdentifier).conf"
        setenv("SOFTHSM2_CONF", path, 1)
        return path
    }()

    /// Takes a key in PEM.
    package func hold(_ pem: [UInt8], as object: String = SoftToken.object) throws {
        try hold(as: object) { path in
            _ = FileManager.default.createFile(
                atPath: path, contents: Data(pem), attributes: [.posixPermissions: 0o600])
        }
    }

    /// Takes a key that `openssl genpkey` makes with these options.
    package func hold(generated options: String..., as object: String) throws {
        try hold(as: object) { try run("openssl", ["genpkey", "-out", $0] + options) }
    }

    private func hold(as object: String, _ make: (String) throws -> Void) throws {
        let path = "\(folder)/\(UUID().uuidString).pem"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try make(path)
        let id = object.utf8.map { String($0, radix: 16) }.joined()
        try run(
            "softhsm2-util", "--import", path, "--token", Self.label, "--label", object, "--id", id, "--pin", Self.pin)
    }

    /// Whoever pulls the token out of its reader, and puts it back.
    package func pullOut() throws { try FileManager.default.moveItem(atPath: tokens, toPath: "\(tokens).away") }
    package func putBack() throws { try FileManager.default.moveItem(atPath: "\(tokens).away", toPath: tokens) }

    private var gate: String { "\(configuration).gate" }

    /// Has the next one who opens a key through ``slowModule`` wait.
    package func bar() throws {
        guard mkfifo(gate, 0o600) == 0 else { throw Failure(said: "mkfifo \(gate): \(errno)") }
    }

    /// Returns once somebody waits, who goes on when what this returns is closed. Nobody else waits any more.
    package func awaitOneWhoOpens() throws -> FileHandle {
        let end = try FileHandle(forWritingTo: URL(filePath: gate))
        try FileManager.default.removeItem(atPath: gate)
        return end
    }

    private func run(_ name: String, _ arguments: String...) throws { try run(name, arguments) }

    private func run(_ name: String, _ arguments: [String]) throws {
        let process = Process(), output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/\(name)")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["SOFTHSM2_CONF": configuration]) { $1 }
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(said: String(decoding: said, as: UTF8.self)) }
    }

    private struct Failure: Error {
        let said: String
    }
}
