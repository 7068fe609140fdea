import Foundation
import GRDB
import MiniPKI
import Testing

/// A ledger that cannot be read while the daemon runs.
@Suite(.timeLimit(.minutes(5))) struct DamagedLedgerTests {
    /// Writes a country into a carrier's row past all that the file and the tool check, as the ledger's next change.
    private static func write(country: String, into carrier: Carrier) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(60)
        let database = try DatabaseQueue(path: "\(carrier.folder)/data/ledger.sqlite", configuration: configuration)
        try database.writeWithoutTransaction { db in
            try db.execute(
                sql: """
                    PRAGMA ignore_check_constraints = ON;
                    BEGIN IMMEDIATE;
                    DROP TRIGGER IF EXISTS carrier_stays;
                    UPDATE carrier SET country = '\(country)' WHERE spc = '709J';
                    INSERT INTO opened SELECT 1, max(version) + 1 FROM change;
                    INSERT INTO change SELECT opened.version, max(at), 'somebody', 'damage' FROM opened, change;
                    INSERT INTO changed SELECT version, 'carriers', 1, 0 FROM opened;
                    DELETE FROM opened;
                    COMMIT;
                    """)
        }
    }

    @Test func `the old one stays in force, and an operator is told once of each reason`() async throws {
        let pki = MiniPKI(now: Carrier.now)
        let carrier = try Carrier(pki.leaf(.spc("709J")), trusting: pki.anchors)
        try await carrier.makeLedger()
        /// Lines of the log that tell of it.
        func told(_ reason: String = "unreadable") -> Int {
            carrier.read("c.log").split(separator: "\n").count {
                $0.contains("the ledger or the records cannot be read") && $0.contains(reason)
            }
        }
        let begun = ContinuousClock.now
        try await carrier.running { daemon in
            for reason in ["x", "y"] {
                try Self.write(country: reason, into: carrier)
                _ = try await eventually("word of \(reason)") { told("unreadable(\"\(reason)\")") > 0 ? true : nil }
                #expect(try await daemon.sign("+12155551000", "+12155552000").attest == "A")
            }
            try Self.write(country: "1", into: carrier)
            _ = try await eventually("that it is over") {
                carrier.read("c.log").contains("the ledger and the records are read again") ? true : nil
            }
            // It was looked at four times a second, and is told of again after a minute.
            #expect(
                (2...2 + Int(begun.duration(to: .now).components.seconds) / 60).contains(told()),
                "\(carrier.read("c.log"))")
        }
    }
}
