import Foundation
import HostileRepository
import LibCrypto
import MiniPKI
import Synchronization

/// Two carriers: one signs with the keys of its data folder, whose chains a web server publishes; the other fetches and
/// verifies. The private CA in the first one's folder issues.
final class RotatingCarriers: Sendable {
    let sender, receiver: Carrier

    private init(port: Int) async throws {
        let pki = MiniPKI(now: Carrier.now)
        sender = try Carrier(pki.leaf(.spc("709J")), trusting: [])
        receiver = try Carrier(pki.leaf(.spc("505K")), trusting: [])
        try await sender.makeLedger()
        try await receiver.makeLedger(
            Carrier.nanpLedger.map { ($0, $0 == "trunks" ? $1.replacing(",505K", with: ",709J") : $1) })
        try await sender.tool("ca", "init", "--ca", "ca")
        for carrier in [sender, receiver] { try carrier.write("anchors/root.pem", sender.read("ca/root.pem")) }
        try await sender.tool(
            "keys", "init", "--data", "data", "--url", "http://127.0.0.1:\(port)/", "--anchors", "anchors",
            "--private-network")
        try Self.configure(sender, "signing: {callsPerSecondPerTrunk: 1000000}")
        try Self.configure(
            receiver, "verification: {anchors: anchors, fetching: {perSecond: 1000, perSecondPerHost: 1000}}")
    }

    private static func configure(_ carrier: Carrier, _ service: String) throws {
        try carrier.write(
            "c.yaml",
            """
            data: data
            plan: nanp
            privateNetworkURLs: true
            limits: {answerMilliseconds: 490}
            listeners:
              - {name: switch, address: "127.0.0.1:0", trunk: ent-1}
              - {name: trunks, address: "127.0.0.1:0", trunk: ic-1}
            \(service)

            """)
    }

    /// Serves what the sender publishes, for as long as `body` takes.
    static func with<Value: Sendable>(_ body: (RotatingCarriers) async throws -> Value) async throws -> Value {
        let folder = Mutex("")
        return try await HostileRepository.serving { request in
            let name = request.path.split(separator: "/").last.map(String.init) ?? ""
            let file = FileManager.default.contents(atPath: folder.withLock { $0 } + "/" + name)
            return .answers(file == nil ? 404 : 200, [], Array(file ?? Data()))
        } _: { server in
            let carriers = try await RotatingCarriers(port: server.port)
            folder.withLock { $0 = "\(carriers.sender.folder)/data/published" }
            return try await body(carriers)
        }
    }

    static let rotation = ["keys", "rotate", "--data", "data", "--ca", "ca", "--settle", "0", "--wait", "120"]

    /// The first key; its id.
    func begin(_ more: String...) async throws -> String { try await run(["--spc", "709J"] + more) }

    /// The id of the credential that signs then.
    @discardableResult
    func rotate(_ more: String...) async throws -> String { try await run(more) }

    private func run(_ more: [String]) async throws -> String {
        let (status, output) = try await Program.run("countersign", Self.rotation + more, in: sender.folder)
        guard status == 0 else { throw Unexpected("rotate: \(output)") }
        return String(output.split(separator: "\n").last ?? "")
    }

    func leaf(at url: String) throws -> Certificate? {
        let name = url.split(separator: "/").last ?? ""
        return try Certificate.all(inPEM: sender.read("data/published/\(name)").utf8.span, atMost: 5).first
    }

    struct Line: Decodable {
        let id, state: String
        let settled, keyDestroyed: String?
    }

    func status() async throws -> [Line] {
        // Its exit status says whether it is time to rotate, which is not asked here.
        let (_, output) = try await Program.run(
            "countersign", ["keys", "status", "--data", "data", "--all", "--json"], in: sender.folder)
        return try output.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }
}
