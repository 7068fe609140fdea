import Foundation
import Testing

/// What `countersign keys` says of keys, and refuses to do, where no daemon runs.
@Suite(.timeLimit(.minutes(5))) struct KeysToolTests {
    private func keys(_ carriers: RotatingCarriers, _ arguments: String...) async throws -> (Int32, String) {
        try await Program.run("countersign", ["keys"] + arguments + ["--data", "data"], in: carriers.sender.folder)
    }

    @Test func `a chain that is not published any more is told of, and put back`() async throws {
        try await RotatingCarriers.with { carriers in
            let old = try await carriers.begin(), active = try await carriers.rotate("--without-daemon")
            #expect(try await keys(carriers, "status").0 == 0)
            for (id, end) in [(old, 2), (active, 3)] as [(String, Int32)] {
                try FileManager.default.removeItem(atPath: "\(carriers.sender.folder)/data/published/\(id).pem")
                let (status, output) = try await keys(carriers, "status")
                #expect(status == end && output.contains("the chain of \(id) is not in data/published/"), "\(output)")
                let (_, lines) = try await keys(carriers, "status", "--json")
                #expect(lines.split(separator: "\n").count { $0.contains(#""isGone":true"#) } == 1, "\(lines)")
                let (mended, words) = try await keys(carriers, "retire")
                #expect(mended == 0 && words.contains("put the chain of \(id) back"), "\(words)")
                #expect(try await keys(carriers, "status").0 == 0)
            }
        }
    }
}
