import ArgumentParser
import Foundation
import PASSporT
import Terminating

struct JudgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "judge",
        abstract: "Judge recorded cases offline.",
        discussion: """
            Reads JSON Lines, one case a line, and prints one JSON line of verdict for each, in their order; a case \
            that cannot be judged as it is written has an error instead, and the exit status tells. \
            Nothing is contacted: what each URL answers and what time it is stands in the case.
            """)

    @Option(help: ArgumentHelp("The cases; - for standard input.", valueName: "file"))
    var cases: String

    func run() async throws {
        let input =
            cases == "-" ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: cases)
        guard let input else { throw fault("\(cases) cannot be read: give a file of JSON Lines") }
        var unread = 0
        // Blank ones count, or no later line is found by its number.
        let lines = input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() where !line.isEmpty {
            do {
                let judged = try JSONDecoder().decode(JudgeCase.self, from: line)
                try print(JudgeAnswer(judged.id, await judged.verdict()))
            } catch {
                unread += 1
                // Whoever reads the answers line by line still finds each at its place.
                try print(NoAnswer(id: (try? JSONDecoder().decode(CaseName.self, from: line))?.id, error: "\(error)"))
                FileHandle.standardError.write(Data("countersign: \(cases):\(number + 1): \(error)\n".utf8))
            }
        }
        guard unread == 0 else { throw ExitCode.failure }
    }

    private func print(_ answer: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        FileHandle.standardOutput.write(try encoder.encode(answer) + Data("\n".utf8))
    }
}

private struct CaseName: Decodable { let id: String }

/// In the place of an answer, for a case that cannot be judged as it is written.
private struct NoAnswer: Encodable {
    /// Nil if not even that can be read.
    let id: String?
    let error: String
}

/// One line of the answer.
private struct JudgeAnswer: Encodable {
    let id: String
    let valid: Bool
    let code: Int
    let reason: String
    let verstat: String
    let attest: String?
    let checks: [String]

    init(_ id: String, _ verdict: Verdict) {
        self.id = id
        valid = verdict.isValid
        code = verdict.outcome.code.number
        reason = verdict.outcome.reason
        verstat = verdict.verstat
        attest = verdict.passport?.attestation.rawValue
        checks = verdict.checks
    }
}
