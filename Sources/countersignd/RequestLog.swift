internal import Foundation
internal import NIOPosix
internal import Synchronization
internal import SystemPackage

/// One line for each request, written in batches by a thread that may wait for the disk, so that no event loop does.
///
/// A log that cannot be written as fast as calls come loses lines, and says how many: the evidence is in the records.
final class RequestLog: Sendable {
    private struct State {
        var lines: [UInt8] = []
        var isWriting = false
        var lost = 0
    }

    private static let mostWaiting = 4 << 20
    private let file: FileHandle
    private let thread: NIOThreadPool
    private let state = Mutex(State())

    /// - Parameter path: a file to append to, or `stdout`.
    init(path: String, thread: NIOThreadPool) throws {
        if path == "stdout" {
            file = .standardOutput
        } else {
            do {
                // Appending, so that a log cut short by whoever rotates it goes on at its new end.
                let descriptor = try FileDescriptor.open(
                    FilePath(path), .writeOnly, options: [.append, .create, .closeOnExec],
                    permissions: [.ownerReadWrite, .groupRead])
                file = FileHandle(fileDescriptor: descriptor.rawValue, closeOnDealloc: true)
            } catch {
                throw ConfigurationError(
                    file: path, line: nil, reason: "the request log cannot be opened for writing: \(error)")
            }
        }
        self.thread = thread
    }

    /// Takes whole lines and empties `lines`.
    func append(_ lines: inout [UInt8]) {
        guard !lines.isEmpty else { return }
        let mustStart = state.withLock { state in
            if state.lines.count + lines.count > Self.mostWaiting {
                state.lost += lines.count { $0 == UInt8(ascii: "\n") }
            } else {
                state.lines += lines
            }
            defer { state.isWriting = true }
            return !state.isWriting
        }
        lines.removeAll(keepingCapacity: true)
        if mustStart { thread.submit { _ in self.write() } }
    }

    private func write() {
        while let lines = next() {
            do { try file.write(contentsOf: Data(lines)) } catch { noteLost(lines) }
        }
    }

    private func noteLost(_ lines: [UInt8]) {
        state.withLock { $0.lost += lines.count { $0 == UInt8(ascii: "\n") } }
    }

    private func next() -> [UInt8]? {
        state.withLock { state in
            if state.lost > 0 {
                state.lines += Array("request log: \(state.lost) lines lost\n".utf8)
                state.lost = 0
            }
            guard !state.lines.isEmpty else {
                state.isWriting = false
                return nil
            }
            defer { state.lines = [] }
            return state.lines
        }
    }
}
