import Certificates
import Foundation
import Glibc
import LibCrypto
import MiniPKI
import Records

/// One carrier's folder: configuration, key, certificates, ledger; and the daemon that runs on it.
///
/// Layout: `c.yaml key.pem chain.pem anchors/ crls/ web/ data/ c.log requests.log`.
final class Carrier: Sendable {
    let folder: String
    let party: MiniPKI.Party

    static let now = Int(Date().timeIntervalSince1970)

    /// The trunk of listener `switch` shows +12155551000 to +12155551999; `trunks` is where calls come in.
    static let nanpLedger =
        [
            ("carriers", "spc,name,country\n709J,Own,1\n505K,Other,1\n"),
            ("holdings", "carrier,first,last\n709J,+12155551000,+12155551999\n505K,+12155552000,+12155552999\n"),
            ("grants", "trunk,first,last,valid_from\nent-1,+12155551000,+12155551999,0\n"),
        ] + openTrunks(peer: "505K")

    /// A customer's trunk `ent-1` and a peer's `ic-1`, with all that it takes for calls to go over them.
    static func openTrunks(peer: String) -> [(String, String)] {
        [
            ("customers", "id,name,entity\nc1,Customer,E-1\n"),
            ("licences", "id,customer,scope,valid_from\nL-1,c1,voice,2020-01-01\n"),
            (
                "trunks",
                "name,class,state,customer,peer,service,use,contract\nent-1,enterprise,active,c1,,voice,service,C-1\n"
                    + "ic-1,interconnect,active,,\(peer),,carrier,C-2\n"
            ),
            ("approvals", "trunk,by,at\nent-1,li,0\nent-1,wang,0\nic-1,li,0\nic-1,wang,0\n"),
        ]
    }

    init(_ party: MiniPKI.Party, trusting anchors: [Certificate], plan: String = "nanp") throws {
        folder = NSTemporaryDirectory() + "countersign-\(UUID().uuidString)"
        self.party = party
        for name in ["anchors", "crls", "web", "data"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        }
        try write("chain.pem", String(decoding: party.pem, as: UTF8.self))
        try IssuedFile.create("\(folder)/key.pem", party.key)
        for (index, anchor) in anchors.enumerated() { try write("anchors/\(index).pem", anchor.pem) }
        try write(
            "c.yaml",
            """
            data: data
            plan: \(plan)
            requestLog: requests.log
            limits: {answerMilliseconds: 490}
            listeners:
              - {name: switch, address: "127.0.0.1:0", trunk: ent-1}
              - {name: trunks, address: "127.0.0.1:0", trunk: ic-1}
            signing: {key: key.pem, chain: chain.pem, url: "\(party.x5u)", callsPerSecondPerTrunk: 1000000}
            verification: {anchors: anchors, revocationLists: crls, certificates: web}

            """)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func write(_ name: String, _ text: String, mode: Int = 0o644) throws {
        let path = "\(folder)/\(name)"
        try? FileManager.default.createDirectory(
            atPath: URL(filePath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
        else { throw Unexpected("cannot write \(path)") }
    }

    func read(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data(), as: UTF8.self)
    }

    /// Puts what `other` publishes where this carrier's daemon looks for it.
    func canFetch(_ other: MiniPKI.Party) throws {
        try write(
            "web/" + other.x5u.replacing("://", with: "/"), String(decoding: other.pem, as: UTF8.self))
    }

    /// Runs `countersign` in the folder, which must succeed.
    @discardableResult
    func tool(_ arguments: String...) async throws -> String {
        let (status, output) = try await Program.run("countersign", arguments, in: folder)
        guard status == 0 else { throw Unexpected("countersign \(arguments.joined(separator: " ")): \(output)") }
        return output
    }

    func makeLedger(_ tables: [(String, String)] = Carrier.nanpLedger) async throws {
        try await tool("ledger", "init", "--data", "data")
        try await importTables(tables)
    }

    /// All in one change.
    func importTables(_ tables: [(name: String, csv: String)]) async throws {
        for table in tables { try write("\(table.name).csv", table.csv) }
        let files = tables.flatMap { [$0.name, "\($0.name).csv"] }
        let (status, output) = try await Program.run(
            "countersign", ["ledger", "import", "--data", "data"] + files, in: folder)
        guard status == 0 else { throw Unexpected("countersign ledger import: \(output)") }
    }

    func importTable(_ name: String, _ csv: String) async throws { try await importTables([(name, csv)]) }

    /// Has two people approve of what is to become of an active trunk, such as another grant.
    func approve(_ trunk: String) async throws {
        for person in ["li", "wang"] {
            try await tool("ledger", "trunks", "approve", "--data", "data", "--by", person, trunk)
        }
    }

    var records: RecordReader { get throws { try RecordReader(folder: "\(folder)/data/records") } }

    /// What the daemon counted until it stopped, over both listeners.
    var counters: [String: Int] {
        var sums: [String: Int] = [:]
        let lines = read("c.log").split(separator: "\n").filter { $0.contains(" counters") }
        for listener in ["switch", "trunks"] {
            guard let line = lines.last(where: { $0.contains("listener=\(listener)") }) else { continue }
            for word in line.split(separator: " ") {
                let parts = word.split(separator: "=")
                if parts.count == 2, let value = Int(parts[1]) { sums[String(parts[0]), default: 0] += value }
            }
        }
        return sums
    }

    /// Runs the daemon for as long as `body` takes. It must not have ended by itself.
    func running<Value>(
        after shell: String? = nil, _ body: (RunningDaemon) async throws -> Value
    ) async throws -> Value {
        let daemon = try await RunningDaemon(of: self, after: shell)
        do {
            let value = try await body(daemon)
            await daemon.stop()
            return value
        } catch {
            daemon.program.send(SIGUSR1)
            await daemon.stop()
            throw Unexpected("\(error); the daemon said: \(read("c.log"))")
        }
    }
}

/// A daemon that listens.
struct RunningDaemon {
    let program: Program
    /// The ports of the listeners `switch` and `trunks`.
    let switchPort, trunkPort: Int

    init(of carrier: Carrier, after shell: String? = nil) async throws {
        let program = try Program(
            "countersignd", ["--config", "c.yaml"], in: carrier.folder, log: "\(carrier.folder)/c.log", after: shell)
        // The publishing one is a service of its own, which may come up after the others.
        let names = ["switch", "trunks"] + (carrier.read("c.yaml").contains("publishing:") ? ["publishing"] : [])
        let ports = try await eventually("all listeners") { () -> [Int]? in
            guard program.isRunning else { throw Unexpected("the daemon ended: \(carrier.read("c.log"))") }
            let ports = names.compactMap { Self.port(of: $0, in: carrier.read("c.log")) }
            return ports.count == names.count ? ports : nil
        }
        self.program = program
        (switchPort, trunkPort) = (ports[0], ports[1])
    }

    /// Of `… address=[IPv4]127.0.0.1/127.0.0.1:40001 listener=switch …`.
    static func port(of listener: String, in log: String) -> Int? {
        let line = log.split(separator: "\n").last { $0.contains("listener=\(listener)") && $0.contains("listening") }
        guard let address = line?.split(separator: " ").first(where: { $0.hasPrefix("address=") }) else { return nil }
        return address.split(separator: ":").last.flatMap { Int($0) }
    }

    var residentKilobytes: Int {
        get throws {
            let status = try String(contentsOfFile: "/proc/\(program.identifier)/status", encoding: .utf8)
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
            return Int(line?.filter(\.isNumber) ?? "") ?? 0
        }
    }

    func stop() async {
        program.send(SIGTERM)
        await program.ended()
    }

    /// Asks as a switch does. A machine busy with other things may let an answer expire: then it asks again, as switches do.
    func ask(_ method: String, _ params: String, on port: Int) async throws -> Answer {
        try await eventually("an answer to \(method)") {
            let answers = try await Wire.exchange(port, [netstring(request(1, method, params))])
            let answer = try answers.first.map { try Answer($0) }
            // The fetch goes on when a call can wait no longer, for those that come after it.
            return answer?.reason == "certificate_not_fetched_in_time" ? nil : answer
        }
    }

    func sign(_ orig: String, _ dest: String, more: String = "") async throws -> Answer {
        try await ask("sign", #"{"orig":{"tn":"\#(orig)"},"dest":{"tn":["\#(dest)"]}\#(more)}"#, on: switchPort)
    }

    /// The call's own id lets a second try be told from a replay.
    func verify(_ identity: String?, _ orig: String, _ dest: String, call: String? = nil) async throws -> Answer {
        let identity = identity.map { #""identity":"\#($0)","# } ?? ""
        let call = #","call":"\#(call ?? UUID().uuidString)""#
        return try await ask(
            "verify", #"{\#(identity)"orig":{"tn":"\#(orig)"},"dest":{"tn":["\#(dest)"]}\#(call)}"#, on: trunkPort)
    }
}
