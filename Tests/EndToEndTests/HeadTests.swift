import Exchange
import Foundation
import PASSporT
import Records
import Statements
import Testing

/// What peers hold of each other's evidence.
@Suite struct HeadTests {
    private let caller = LinkedCarriers.number(0), callee = LinkedCarriers.number(1)

    private func audit(_ carrier: Carrier) async throws -> (Int32, String) {
        try await Program.run(
            "countersign",
            ["records", "audit", "--data", "data", "--anchors", "anchors/0.pem", "--carrier", "1001"],
            in: carrier.folder)
    }

    /// Has calls signed, and waits until `west` holds a head of `east` that is of the last one.
    private func sign(_ count: Int, _ row: LinkedCarriers) async throws {
        try await row.running { (daemons: [RunningDaemon]) async throws in
            for place in 0..<count {
                _ = try await daemons[0].sign(LinkedCarriers.number(0, place), callee, by: "to-1002")
            }
            let last = try #require(try row.carriers[0].records.list().last?.id)
            let store = try ExchangeStore(folder: "\(row.carriers[1].folder)/data")
            try await eventually("a head") {
                let payload = try store.head(of: "1001")?.text.split(separator: ".")[1]
                let claims = payload.flatMap { Base64URL.decode(Array($0.utf8).span) } ?? []
                return String(decoding: claims, as: UTF8.self).contains("\(last)") ? true : nil
            }
        }
    }

    @Test func `evidence whose end was cut off is told of by what a peer holds`() async throws {
        let row = try await LinkedCarriers(2), east = row.carriers[0]
        try await sign(20, row)
        let (sound, said) = try await audit(east)
        #expect(sound == 0 && said.contains("signed heads hold"), "\(said)")

        // All that this machine knows of the last calls goes, signed heads too.
        let records = "\(east.folder)/data/records"
        for name in try FileManager.default.contentsOfDirectory(atPath: records) {
            let path = "\(records)/\(name)"
            if !name.hasSuffix(".journal") {
                try FileManager.default.removeItem(atPath: path)
                continue
            }
            let lines = east.read("data/records/\(name)").split(separator: "\n")
            let seals = lines.indices.filter { lines[$0].hasPrefix("{\"batch\"") }
            let kept = lines[...seals[seals.count / 2]].joined(separator: "\n") + "\n"
            try east.write("data/records/\(name)", kept, mode: 0o600)
        }
        try await row.running { (_: [RunningDaemon]) async throws in
            _ = try await eventually("an alarm") {
                east.read("c.log").contains("our own evidence is not what a peer holds of it") ? true : nil
            }
        }
        let (status, finding) = try await audit(east)
        #expect(status != 0 && finding.contains("cut off"), "\(finding)")
    }
}
