import ArgumentParser
import Foundation
import Glibc

/// What people read, apart from the data on standard output.
enum Console {
    static func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// Has whoever sits at the terminal say that he means what cannot be undone, unless he has said so with `--yes`.
    static func confirm(_ deed: String, isConfirmed: Bool) throws {
        guard !isConfirmed else { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFault("this would \(deed), and there is no terminal to ask at: add --yes if that is meant")
        }
        FileHandle.standardError.write(Data("This will \(deed). Go on? Type yes: ".utf8))
        guard readLine() == "yes" else { throw CommandFault("nothing was done") }
    }

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
