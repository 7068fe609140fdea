import Foundation
import Testing

/// The published sample of judged calls, through the very command that an operator runs.
@Suite struct `countersign judge` {
    @Test func `answers each case of the sample as expected`() throws {
        let folder = try #require(Bundle.module.url(forResource: "Vectors", withExtension: nil))
        let file = folder.appending(path: "judge-sample.jsonl")
        let cases = try Self.lines(Data(contentsOf: file), as: SampleCase.self)
        let answers = try Self.lines(Self.judge(file), as: Answer.self)
        #expect(cases.count == 16)
        #expect(answers.map(\.id) == cases.map(\.id))
        for (sample, answer) in zip(cases, answers) {
            // Diversions are not judged yet: such a case is refused, and said to be.
            guard sample.group != "div" else {
                #expect(!answer.valid && answer.reason == "ppt_unsupported", "\(sample.id)")
                continue
            }
            #expect(answer.valid == (sample.expect.verdict == "pass"), "\(sample.id)")
            if sample.expect.verdict == "fail" { #expect(answer.code == sample.expect.code, "\(sample.id)") }
        }
    }

    @Test func `says which line it cannot read, and judges the others`() throws {
        let folder = try #require(Bundle.module.url(forResource: "Vectors", withExtension: nil))
        let sample = try Data(contentsOf: folder.appending(path: "judge-sample.jsonl"))
        let first = sample.prefix { $0 != UInt8(ascii: "\n") }
        let file = FileManager.default.temporaryDirectory.appending(path: "judge-\(UUID().uuidString).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        let unfit = #"{"id":"unfit","request":{"orig":"1","dest":["2"]}}"# + "\n"
        // A blank line is no case, and is counted.
        try (Data("\n{\"id\":\n\(unfit)".utf8) + first + Data("\n".utf8)).write(to: file)
        let (output, errors, status) = try Self.run(file)
        #expect(status != 0)
        for line in [2, 3] { #expect(errors.contains("\(file.path):\(line): "), "\(errors)") }
        let lines = try Self.lines(output, as: Line.self)
        #expect(lines.map(\.id) == [nil, "unfit", "valid-attest-A"])
        #expect(lines.map { $0.error == nil } == [false, false, true])
    }

    private struct Line: Decodable {
        let id: String?
        let error: String?
    }

    private static func judge(_ file: URL) throws -> Data {
        let (output, errors, status) = try run(file)
        #expect(status == 0, "\(errors)")
        return output
    }

    /// Runs the tool that was built with these tests and stands in the same folder.
    private static func run(_ file: URL) throws -> (output: Data, errors: String, status: Int32) {
        let tool = Bundle.module.bundleURL.deletingLastPathComponent().appending(path: "countersign")
        let process = Process(), output = Pipe(), errors = Pipe()
        process.executableURL = tool
        process.arguments = ["judge", "--cases", file.path]
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (data, said, process.terminationStatus)
    }

    private static func lines<Line: Decodable>(_ data: Data, as type: Line.Type) throws -> [Line] {
        try data.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(type, from: $0) }
    }
}

private struct SampleCase: Decodable {
    struct Expectation: Decodable {
        let verdict: String
        let code: Int?
    }

    let id: String
    let group: String
    let expect: Expectation
}

private struct Answer: Decodable {
    let id: String
    let valid: Bool
    let code: Int
    let reason: String
}
