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

    @Test(arguments: [("--who", 200), ("--why", 1_000)])
    func `a name or a reason that is too long for the history is refused at once`(
        option: String, longest: Int
    ) async throws {
        try await RotatingCarriers.with { carriers in
            _ = try await carriers.begin()
            for text in ["", String(repeating: "é", count: longest + 1)] {
                let (status, output) = try await keys(carriers, "stage", option, text)
                #expect(status == 64 && output.contains("\(option) takes from 1 to \(longest) characters"), "\(output)")
            }
            #expect(try await carriers.status().count == 1)
            #expect(try await keys(carriers, "stage", option, String(repeating: "é", count: longest)).0 == 0)
            let files = try FileManager.default.contentsOfDirectory(atPath: "\(carriers.sender.folder)/data/keys")
            #expect(files.count == 2)
        }
    }

    @Test func `a stolen key is given up although anchors and web roots are gone`() async throws {
        try await RotatingCarriers.with { carriers in
            let id = try await carriers.begin()
            try FileManager.default.removeItem(atPath: "\(carriers.sender.folder)/anchors")
            let (refused, words) = try await keys(carriers, "stage", "--ca", "ca")
            #expect(refused == 1 && words.contains("keys set --anchors"), "\(words)")
            let (status, output) = try await keys(
                carriers, "revoke", "--without-replacement", "--why", "stolen", "--yes", "--server-roots", "nowhere")
            #expect(status == 0, "\(output)")
            #expect(try await carriers.status().first { $0.id == id }?.state == "revoked")
        }
    }

    @Test func `without a terminal nobody is asked`() async throws {
        try await RotatingCarriers.with { carriers in
            let (status, output) = try await Program.run(
                "/usr/bin/setsid",
                ["--wait", Program.path("countersign"), "keys", "stage", "--ask-passphrase", "--data", "data"],
                in: carriers.sender.folder)
            #expect(status == 1 && output.contains("give --passphrase FILE"), "\(output)")
        }
    }
}
