import ArgumentParser
import Foundation

/// Says what is wrong on standard error, in lower case and without a full stop, and ends the command with 1.
func fault(_ text: String) -> ExitCode {
    FileHandle.standardError.write(Data("countersign: error: \(text)\n".utf8))
    return .failure
}
