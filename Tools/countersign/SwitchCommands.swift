import ArgumentParser
import Foundation
import Jansson
import TrunkProtocol

/// Where a daemon listens for switches.
struct DaemonAddress: ParsableArguments {
    @Option(help: ArgumentHelp("The daemon's switch port.", valueName: "host:port"))
    var at = "127.0.0.1:9999"

    @Option(
        help: ArgumentHelp(
            "Print this member of the answer alone, as in result.sip.code; empty when there is none. May be given several times, for a line each.",
            valueName: "path"))
    var field: [String] = []

    /// Asks once and prints the answer. An error answer ends the command with a failure.
    func ask(_ method: String, _ params: borrowing JSON) async throws {
        guard let colon = at.lastIndex(of: ":"), let port = Int(at[at.index(after: colon)...]),
            (1...65_535).contains(port)
        else {
            throw fault("--at takes host:port, such as 127.0.0.1:9999")
        }
        let params = params.canonicalText()
        let answer: [UInt8]
        do {
            let client = try await SwitchClient.connect(
                host: at[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]")), port: port)
            answer = try await client.call(method, params: params)
            try await client.close()
        } catch {
            throw fault(
                "no answer from \(at) (\(error)): is countersignd running, and does its listener allow this address?")
        }
        let read = try JSON(parsing: answer.span)
        let lines = field.isEmpty ? [answer] : field.map { Self.member($0.split(separator: ".")[...], of: read) }
        for line in lines { FileHandle.standardOutput.write(Data(line + [UInt8(ascii: "\n")])) }
        if read.contains("error") { throw ExitCode.failure }
    }

    /// A string without its quotes, anything else as JSON.
    private static func member(_ path: ArraySlice<Substring>, of value: borrowing JSON) -> [UInt8] {
        guard let name = path.first else { return value.text.map { Array($0.utf8) } ?? value.canonicalText() }
        guard let member = value.member(String(name)) else { return [] }
        return Self.member(path.dropFirst(), of: member)
    }
}

/// What both commands say of a call.
struct CallArguments: ParsableArguments {
    @Option(help: "The calling number.") var orig: String
    @Option(help: "A called number; may be given several times.") var dest: [String]
    @Option(help: "The trunk; the listener's default without it.") var trunk: String?
    @Option(help: "The trunk by which it goes on to another carrier.") var egress: String?
    @Option(help: "Whether the callee may see the calling number: allowed or restricted.") var presentation: String?
    @Option(help: "The SIP Call-ID.") var call: String?
    @Option(help: "The SIP Date header field.") var date: String?

    func params() -> JSON {
        let params = JSON.object(), orig = JSON.object(), dest = JSON.object()
        orig.set("tn", self.orig)
        dest.set("tn", self.dest)
        params.set("orig", orig)
        params.set("dest", dest)
        if let trunk { params.set("trunk", trunk) }
        if let egress { params.set("egress", egress) }
        if let presentation { params.set("presentation", presentation) }
        if let call { params.set("call", call) }
        if let date { params.set("date", date) }
        return params
    }
}

struct SignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Ask a running daemon to sign a call, and print its answer.")

    @OptionGroup var daemon: DaemonAddress
    @OptionGroup var call: CallArguments
    @Option(help: "At most this level: A, B or C.") var attest: String?
    @Option(help: "An identifier of your own, to be recorded.") var origid: String?
    @Option(help: "Issued at, Unix seconds.") var iat: Int?

    func run() async throws {
        let params = call.params()
        if let attest { params.set("attest", attest) }
        if let origid { params.set("origid", origid) }
        if let iat { params.set("iat", iat) }
        try await daemon.ask("sign", params)
    }
}

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Ask a running daemon to verify a call, and print its answer.")

    @OptionGroup var daemon: DaemonAddress
    @OptionGroup var call: CallArguments
    @Option(help: "The value of an Identity header field; may be given several times.") var identity: [String] = []

    func run() async throws {
        let params = call.params()
        if !identity.isEmpty { params.set("identity", identity) }
        try await daemon.ask("verify", params)
    }
}
