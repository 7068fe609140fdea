import Foundation
import MiniPKI
import Testing

/// What `countersignd --check` says of configurations that cannot be used: where, what, and what to do.
@Suite(.timeLimit(.minutes(5))) struct CheckTests {
    /// A change to a sound configuration, and what must then be said.
    struct Fault: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let change: @Sendable (Carrier) throws -> Void
        let says: [String]

        init(_ name: String, says: String..., change: @escaping @Sendable (Carrier) throws -> Void) {
            (testDescription, self.change, self.says) = (name, change, says)
        }

        init(_ name: String, replace old: String, with new: String, says: String...) {
            testDescription = name
            self.says = says
            change = { carrier in
                let text = carrier.read("c.yaml")
                try #require(text.contains(old))
                try carrier.write("c.yaml", text.replacing(old, with: new, maxReplacements: 1))
            }
        }
    }

    static let faults = [
        Fault(
            "unknown setting", replace: "plan:", with: "plann:", says: "c.yaml:2: unknown setting plann", "known here"),
        Fault(
            "unknown setting within", replace: "anchors: anchors", with: "anchors: anchors, anchor: x",
            says: "c.yaml:9: unknown setting verification.anchor;"),
        Fault("repeated", replace: "plan: nanp", with: "plan: nanp\nplan: china", says: "c.yaml:3: plan stands twice"),
        Fault("wrong type", replace: "data: data", with: "data: [1]", says: "c.yaml:1: data must be a text"),
        Fault(
            "no number", replace: "490", with: "soon",
            says: "c.yaml:4: limits.answerMilliseconds must be a whole number"),
        Fault("out of range", replace: "490", with: "500", says: "c.yaml:4: ", "from 10 to 490"),
        Fault("no such choice", replace: "nanp", with: "mars", says: "c.yaml:2: plan: must be china, nanp, none"),
        Fault("no plan", replace: "nanp", with: "mars.json", says: "mars.json: ", "No such file"),
        Fault("a plan that is none", says: "mars.json: countryCode is missing") { carrier in
            try carrier.write("c.yaml", carrier.read("c.yaml").replacing("plan: nanp", with: "plan: mars.json"))
            try carrier.write("mars.json", #"{"id": "mars-1"}"#)
        },
        Fault("missing", replace: "data: data", with: "threads: 1", says: "c.yaml:1: data is missing"),
        Fault("not YAML", replace: "limits: {", with: "limits: {{", says: "c.yaml:5: not YAML"),
        Fault("no port", replace: "127.0.0.1:0", with: "127.0.0.1", says: "c.yaml:6: ", "must be host:port"),
        Fault(
            "unknown trunk", replace: "trunk: ent-1", with: "trunk: ent-2", says: "ent-2 is not in the ledger",
            "countersign ledger import"),
        Fault(
            "unknown trunk of an address", replace: "trunk: ent-1", with: "trunks: {10.0.0.0/8: ent-3}",
            says: "ent-3 is not in the ledger"),
        Fault(
            "no address", replace: "trunk: ent-1", with: "trunks: {10.0.0.0/33: ent-1}",
            says: "c.yaml:6: listeners[0].trunks: must name a trunk for each address block"),
        Fault(
            "no trunk for an address", replace: "trunk: ent-1", with: "trunks: {10.0.0.1: []}",
            says: "c.yaml:6: listeners[0].trunks must be a mapping of texts"),
        Fault("no ledger", replace: "data: data", with: "data: dada", says: "no ledger at", "countersign ledger init"),
        Fault("no key", replace: "key.pem", with: "kei.pem", says: "kei.pem"),
        Fault(
            "no roots of servers", replace: "certificates: web", with: "fetching: {roots: roots.pem}",
            says: "roots.pem: cannot be read"),
        Fault(
            "no block that is denied", replace: "certificates: web", with: "fetching: {deny: [everybody]}",
            says: "c.yaml:9: verification.fetching.deny: must be address blocks"),
        Fault(
            "nobody to trust", replace: "anchors: anchors, ", with: "",
            says: "c.yaml:9: verification.anchors: is missing; name a folder here, or a trustList"),
        Fault(
            "two sources of trust", replace: "anchors: anchors",
            with: "anchors: anchors, trustList: {file: a, signers: b}",
            says: "verification.anchors: cannot stand beside trustList"),
        Fault(
            "two places of a trust list", replace: "anchors: anchors",
            with: "trustList: {file: a, url: \"https://a.example/b\", signers: b}",
            says: "verification.trustList.file: name either a file or a url"),
        Fault(
            "no trust list there", replace: "anchors: anchors", with: "trustList: {file: a.jws, signers: anchors}",
            says: "a.jws"),
        Fault(
            "no trust list", replace: "anchors: anchors", with: "trustList: {file: c.yaml, signers: anchors}",
            says: "trust list refused: not a JWS in compact form"),
        Fault(
            "a list at no URL", replace: "certificates: web",
            with: "certificates: web, revocationListURLs: [\"http://crl.example/a\"]",
            says: "verification.revocationListURLs: nothing is fetched from http://crl.example/a: url_scheme"),
        Fault(
            "a list asked for twice", replace: "certificates: web",
            with: "certificates: web, revocationListURLs: [\"https://a.example/a\", \"https://a.example/a\"]",
            says: "verification.revocationListURLs: one of them stands twice"),
        Fault(
            "a prefix that is none", replace: "limits:",
            with: "publishing: {address: \"127.0.0.1:0\", prefix: sti}\nlimits:",
            says: "c.yaml:4: publishing.prefix: must be the path before the files' names"),
        Fault(
            "nothing to publish", replace: "limits:",
            with: "publishing: {address: \"127.0.0.1:0\", folder: nowhere}\nlimits:",
            says: "nowhere: is not a folder that can be read"),
        Fault(
            "no TLS certificate", replace: "limits:",
            with: "publishing: {address: \"127.0.0.1:0\", tls: {chain: c.yaml, key: key.pem}}\nlimits:",
            says: "c.yaml: no certificates in PEM"),
        Fault(
            "two places to look up who is abroad", replace: "limits:",
            with: "roaming: {service: \"127.0.0.1:7000\", file: abroad.csv}\nlimits:",
            says: "c.yaml:4: roaming.service: cannot stand beside file"),
        Fault(
            "a service at no port", replace: "limits:", with: "roaming: {service: \"127.0.0.1:0\"}\nlimits:",
            says: "c.yaml:4: roaming.service: must be the service's host:port"),
        Fault(
            "a service at no host", replace: "limits:", with: "roaming: {service: \":7000\"}\nlimits:",
            says: "c.yaml:4: roaming.service: must be the service's host:port"),
        Fault(
            "no policy", replace: "limits:", with: "roaming: {whenUnknown: allow}\nlimits:",
            says: "c.yaml:4: roaming.whenUnknown must be one of withhold, block, pass"),
        Fault(
            "a look-up that takes too long", replace: "limits:", with: "roaming: {deadlineMilliseconds: 441}\nlimits:",
            says: "c.yaml:4: roaming.deadlineMilliseconds must be a whole number from 1 to 440"),
        Fault(
            "no time to look anything up", replace: "limits: {answerMilliseconds: 490}",
            with: "roaming: {service: \"127.0.0.1:7000\"}\nlimits: {answerMilliseconds: 50}",
            says: "c.yaml:4: roaming.service: limits.answerMilliseconds leaves no time"),
        Fault(
            "nobody who says who is abroad", replace: "limits:", with: "roaming: {file: abroad.csv}\nlimits:",
            says: "abroad.csv: ", "No such file"),
        Fault("a bad list of who is abroad", says: "abroad.csv:2: not a number; write +8613800138000") { carrier in
            try carrier.write("c.yaml", carrier.read("c.yaml") + "roaming: {file: abroad.csv}\n")
            try carrier.write("abroad.csv", "number,roaming\n8613800138000,abroad\n")
        },
        Fault("a damaged list of those seen", says: "data/trust/0.crl", "remove 0.*", "older ones than were seen") {
            try $0.write("data/trust/0.pem", $0.read("anchors/0.pem"))
            try $0.write("data/trust/0.crl", "hello")
        },
        Fault("a list of those seen, and not who signed it", says: "data/trust/0.pem: it is missing", "remove 0.*") {
            try $0.write("data/trust/0.crl", "hello")
        },
        Fault("no anchors", says: "no certificate in it") { carrier in
            try FileManager.default.removeItem(atPath: "\(carrier.folder)/anchors/0.pem")
        },
        Fault("no folder", replace: "crls", with: "crl", says: "/crl: is not a folder"),
        Fault("a key that others can read", says: "key.pem", "chmod 600") { carrier in
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o644], ofItemAtPath: "\(carrier.folder)/key.pem")
        },
        Fault("a chain of another key", says: "chain.pem: the key is not that of the first certificate") { carrier in
            let other = MiniPKI(now: Carrier.now).leaf(.spc("709J"))
            try carrier.write("chain.pem", String(decoding: other.pem, as: UTF8.self))
        },
        Fault("a chain that is none", says: "chain.pem: there is no certificate") {
            try $0.write("chain.pem", "hello\n")
        },
        Fault("a broken list", says: "crls/x.pem") { try $0.write("crls/x.pem", "-----BEGIN X509 CRL-----\n") },
    ]

    @Test func `a sound configuration is found so, and each fault is named with its place`() async throws {
        let pki = MiniPKI(now: Carrier.now)
        let carrier = try Carrier(pki.leaf(.spc("709J")), trusting: pki.anchors)
        try await carrier.makeLedger()
        let sound = try await check(carrier)
        #expect(sound.status == 0 && sound.output.contains("c.yaml: ok"), "\(sound.output)")
        let copies = carrier.folder + "-copies"
        defer { try? FileManager.default.removeItem(atPath: copies) }
        try FileManager.default.copyItem(atPath: carrier.folder, toPath: copies)
        for fault in Self.faults {
            try FileManager.default.removeItem(atPath: carrier.folder)
            try FileManager.default.copyItem(atPath: copies, toPath: carrier.folder)
            try fault.change(carrier)
            let (status, output) = try await check(carrier)
            #expect(status != 0, "\(fault.testDescription)")
            for text in fault.says { #expect(output.contains(text), "\(fault.testDescription): \(output)") }
        }
    }

    private func check(_ carrier: Carrier) async throws -> (status: Int32, output: String) {
        try await Program.run("countersignd", ["--config", "c.yaml", "--check"], in: carrier.folder)
    }
}
