import Foundation
import Glibc

/// CPU time, user and system, of all this process's threads: what others do on the machine does not count.
enum Stopwatch {
    /// Seconds since some moment.
    static var now: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

    /// Seconds for one operation, when `body` does so many of them.
    static func seconds(per operations: Int, _ body: () throws -> Void) rethrows -> Double {
        let start = now
        try body()
        return (now - start) / Double(operations)
    }

    /// So many operations take about a twentieth of a second: short enough that both sides of a round meet the same
    /// weather, long enough that the clock's own microsecond does not show.
    static func calibrated(_ body: (Int) throws -> Void) rethrows -> Int {
        var operations = 16
        while true {
            let seconds = try seconds(per: 1) { try body(operations) }
            if seconds > 0.02 { return max(1, Int(Double(operations) * 0.05 / seconds)) }
            operations *= 4
        }
    }

    /// The limit, ours, the limit again, so many times. Each body does as many operations as it is told.
    static func rounds(
        _ count: Int, limit: (Int) throws -> Void, ours: (Int) throws -> Void
    ) rethrows -> [Round] {
        let (oursTimes, limitTimes) = (try calibrated(ours), try calibrated(limit))
        return try (0..<count).map { _ in
            let before = try seconds(per: limitTimes) { try limit(limitTimes) }
            let measured = try seconds(per: oursTimes) { try ours(oursTimes) }
            let after = try seconds(per: limitTimes) { try limit(limitTimes) }
            return Round(ours: measured, limit: (before + after) / 2)
        }
    }
}

/// The core on which everything is measured, and the one from which a daemon is asked.
enum Core: Int {
    case measuring = 0, asking = 1

    /// The machine's own, where it has no second one.
    private var number: Int { rawValue < ProcessInfo.processInfo.activeProcessorCount ? rawValue : 0 }

    /// Moves all threads of this process to it.
    func pin() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/taskset")
        process.arguments = ["-a", "-p", "-c", "\(number)", "\(ProcessInfo.processInfo.processIdentifier)"]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
    }

    /// A process that will run on it and nowhere else.
    func process(_ executable: URL, _ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/taskset")
        process.arguments = ["-c", "\(number)", executable.path] + arguments
        return process
    }
}
