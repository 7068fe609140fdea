import Foundation
import Glibc

/// A `countersignd` of our own, pinned to the measuring core.
final class RunningDaemon {
    /// Where switches ask.
    let port: Int
    /// Where peers dial it.
    let linkPort: Int?
    private let process: Process
    private let log = Pipe()

    /// Runs the one that was built beside this program, and waits until all of `listeners` do.
    init(_ configuration: String, listeners: Set<String> = ["bench"]) throws {
        let executable = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "countersignd")
        guard FileManager.default.isExecutableFile(atPath: executable.path) else {
            throw BenchError.daemon("not at \(executable.path); build it with: swift build -c release")
        }
        process = Core.measuring.process(executable, ["--config", configuration])
        process.standardError = log
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        var said = ""
        while let more = String(data: log.fileHandleForReading.availableData, encoding: .utf8), !more.isEmpty {
            said += more
            let ports = Self.ports(in: said)
            if listeners.isSubset(of: ports.keys), let port = ports["bench"] {
                (self.port, linkPort) = (port, ports["link"])
                // Nobody else reads what it says, and it must not wait for a reader.
                log.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
                return
            }
        }
        process.waitUntilExit()
        throw BenchError.daemon("did not start: \(said)")
    }

    /// `… address=[IPv4]127.0.0.1/127.0.0.1:40001 listener=bench …`
    private static func ports(in text: String) -> [String: Int] {
        let found = text.matches(of: /address=\S*:(\d+) listener=(\w+)\s/).compactMap { match in
            Int(match.1).map { (String(match.2), $0) }
        }
        return Dictionary(found) { $1 }
    }

    /// Seconds of CPU, user and system, of all its threads, those that have ended included (proc(5), `stat`).
    var cpuSeconds: Double {
        get throws {
            let stat = try read("stat")
            // The second field is a name in parentheses, which may hold blanks.
            let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
            guard fields.count > 12, let user = Int(fields[12]), let system = Int(fields[13]) else {
                throw BenchError.daemon("its CPU time cannot be read")
            }
            return Double(user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
    }

    var residentBytes: Int {
        get throws { try bytes("VmRSS") }
    }

    /// The most there ever were.
    var mostResidentBytes: Int {
        get throws { try bytes("VmHWM") }
    }

    /// A line of proc(5), `status`.
    private func bytes(_ name: String) throws -> Int {
        let line = try read("status").split(separator: "\n").first { $0.hasPrefix("\(name):") }
        guard let size = line?.firstMatch(of: /(\d+) kB/).flatMap({ Int($0.1) }) else {
            throw BenchError.daemon("its resident set cannot be read")
        }
        return size * 1024
    }

    /// SIGTERM, as an operator ends it.
    func stop() {
        log.fileHandleForReading.readabilityHandler = nil
        process.terminate()
        process.waitUntilExit()
    }

    private func read(_ file: String) throws -> String {
        try String(contentsOfFile: "/proc/\(process.processIdentifier)/\(file)", encoding: .utf8)
    }
}
