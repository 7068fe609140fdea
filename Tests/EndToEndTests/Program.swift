import Foundation
import Glibc
import Synchronization

/// One of the programs that were built beside these tests.
final class Program: Sendable {
    private let process: Process
    private let status = Mutex<(value: Int32?, waiting: [CheckedContinuation<Int32, Never>])>((nil, []))

    /// Where the build put the tests is where it put the programs.
    private static let folder = Bundle.main.bundleURL

    /// Where one of them is.
    static func path(_ name: String) -> String { folder.appending(path: name).path }

    /// - Parameter shell: what a shell does before it becomes the program, such as setting a limit.
    init(_ name: String, _ arguments: [String], in folder: String, log: String, after shell: String? = nil) throws {
        let program = name.hasPrefix("/") ? URL(filePath: name) : Self.folder.appending(path: name)
        process = Process()
        process.executableURL = shell == nil ? program : URL(filePath: "/bin/sh")
        process.arguments = shell.map { ["-c", "\($0); exec \"$0\" \"$@\"", program.path] + arguments } ?? arguments
        process.currentDirectoryURL = URL(filePath: folder)
        process.standardInput = FileHandle.nullDevice
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let output = try FileHandle(forWritingTo: URL(filePath: log))
        try output.seekToEnd()
        process.standardOutput = output
        process.standardError = output
        process.terminationHandler = { [self] process in ended(process.terminationStatus) }
        try process.run()
    }

    var identifier: Int32 { process.processIdentifier }
    var isRunning: Bool { status.withLock { $0.value == nil } }

    func send(_ signal: Int32) { if isRunning { kill(process.processIdentifier, signal) } }

    /// Its exit status, or the number of the signal that ended it.
    @discardableResult
    func ended() async -> Int32 {
        await withCheckedContinuation { waiting in
            let value = status.withLock { status in
                if status.value == nil { status.waiting.append(waiting) }
                return status.value
            }
            if let value { waiting.resume(returning: value) }
        }
    }

    private func ended(_ value: Int32) {
        let waiting = status.withLock { status in
            defer { status = (value, []) }
            return status.waiting
        }
        for each in waiting { each.resume(returning: value) }
    }

    /// Runs the program to its end.
    static func run(
        _ name: String, _ arguments: [String], in folder: String, after shell: String? = nil
    ) async throws -> (status: Int32, output: String) {
        let log = "\(folder)/\(UUID().uuidString).out"
        defer { try? FileManager.default.removeItem(atPath: log) }
        let program = try Program(name, arguments, in: folder, log: log, after: shell)
        let status = await program.ended()
        return (status, try String(contentsOfFile: log, encoding: .utf8))
    }
}

struct Unexpected: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Asks again until there is an answer, for two minutes or longer.
@discardableResult
func eventually<Value>(_ what: String, _ value: () async throws -> Value?) async throws -> Value {
    for _ in 0..<6_000 {
        if let value = try await value() { return value }
        try await Task.sleep(for: .milliseconds(20))
    }
    throw Unexpected("this never came: \(what)")
}
