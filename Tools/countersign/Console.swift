import ArgumentParser
import Foundation

/// What people read, apart from the data on standard output.
enum Console {
    static func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// Whatever goes wrong is one line that says what to do, and ends with 1.
    static func reporting(_ body: () throws -> Void) throws {
        do { try body() } catch {
            note("countersign: error: \(error)")
            throw ExitCode.failure
        }
    }
}

/// What the operator got wrong, and how it is put right.
struct CommandFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
