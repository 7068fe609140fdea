import Certificates
import Foundation
import Jansson
import LibCrypto
import MiniPKI
import NumberPlan
import PASSporT

/// Not a fuzzer, but built as one: writes what the fuzzers start from, a folder for each, into the folder that
/// COUNTERSIGN_SEEDS names.
@_cdecl("LLVMFuzzerTestOneInput")
package func writeSeeds(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard let folder = ProcessInfo.processInfo.environment["COUNTERSIGN_SEEDS"] else { return -1 }
    try! Seeds(output: URL(filePath: folder)).write()
    return 0
}

private struct Seeds {
    private let tests = URL(filePath: #filePath).appending(path: "../../..").standardized
    let output: URL

    func write() throws {
        try writeMessages()
        try writeTokens()
        try writeCertificates()
        try writeExtensions()
        try writeLinks()
        try writeStatements()
        try writeTexts()
    }

    private func seed(_ target: String, _ bytes: some Sequence<UInt8>) throws {
        let folder = output.appending(path: target)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let bytes = Array(bytes), digest: [UInt8] = SHA256.digest(bytes.span)
        try Data(bytes).write(to: folder.appending(path: digest.prefix(8).map { String($0, radix: 16) }.joined()))
    }

    private func json(_ path: String) throws -> JSON {
        let text = Array(try Data(contentsOf: tests.appending(path: path)))
        return try JSON(parsing: text.span)
    }

    private func writeMessages() throws {
        let wire = tests.appending(path: "TrunkProtocolTests/Wire")
        for file in try FileManager.default.contentsOfDirectory(at: wire, includingPropertiesForKeys: nil) {
            guard file.pathExtension == "bin" else { continue }
            let bytes = Array(try Data(contentsOf: file))
            try seed("FuzzFrame", [16] + bytes)
            try seed("FuzzFrame", [255] + bytes + bytes)
            let start = bytes.firstIndex(of: UInt8(ascii: "{")) ?? 0, end = bytes.lastIndex(of: UInt8(ascii: "}")) ?? 0
            try seed("FuzzEnvelope", bytes[start...end])
        }
    }

    private func writeTokens() throws {
        guard let orig = Digits("12155551001"), let dest = Digits("12155552001"),
            let header = PassportHeader(certificateURL: "https://cert.example.org/a.pem")
        else { return }
        for attestation in Attestation.allCases {
            let passport = Passport(
                attestation: attestation, origin: orig, destinations: [dest], issuedAt: 1_795_330_000,
                originID: "123e4567-e89b-12d3-a456-426655440000")
            let identity = try SignedPassport(passport, header, by: Signer(try SigningKey.generate())).identity
            try seed("FuzzIdentity", identity.utf8)
            try seed("FuzzIdentity", "\(identity), \(identity)".utf8)
            try seed("FuzzCall", "12155551001\n+1 215 555-2001\n\n\(identity)\n\(identity)".utf8)
            try seed(
                "FuzzToken",
                """
                {"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"https://cert.example.org/a.pem"}
                {"attest":"\(attestation.rawValue)","dest":{"tn":["12155552001"],"uri":["sip:b@b.example"]},\
                "iat":1795330000,"orig":{"tn":"12155551001"},"origid":"\(passport.originID)"}
                """.utf8)
        }
    }

    private func writeCertificates() throws {
        let chains = try json("CertificatesTests/Vectors/sample-chains.json").object("chains")
        for name in chains.names { try seed("FuzzCertificate", (chains.member(name)?.text ?? "").utf8) }
        let pki = MiniPKI()
        let leaf = pki.leaf(.spc("709J"), .range("12155551000", 100))
        try seed("FuzzCertificate", leaf.pem)
        try seed("FuzzCertificate", leaf.certificate.der)
        let request = try CertificationRequest(
            for: Holder(
                name: "709J", tnAuthList: try leaf.certificate.tnAuthList,
                constraints: try ClaimConstraints(mustExclude: ["attest"])),
            subject: .init(country: "US", organization: "Carrier", commonName: "SHAKEN 709J"), by: leaf.key)
        try seed("FuzzRequest", request.der)
        try seed("FuzzRequest", request.pem.utf8)
        try seed("FuzzRevocationList", pki.revocationList(of: leaf))
        try seed("FuzzRevocationList", pki.revocationList(of: leaf, by: pki.root, indirect: true))
        let root = Data(pki.root.certificate.der).base64EncodedString()
        let list = #"{"exp":\#(pki.now + 9),"sequence":1,"trustList":["\#(root)"],"version":1}"#
        try seed("FuzzTrustList", list.utf8)
    }

    /// Of a stranger, of a peer that has greeted, and of one that was dialled.
    private func writeLinks() throws {
        let word =
            #"{"version":"1.0","carrier":"1001","instance":"200096d4-0b45-47b4-ac29-adc7513e7a37","boot":"b","#
            + #""capabilities":["a"],"clock":1,"known":{"instance":"5ed44195-6fcc-464c-adfb-852db2cc1fc3","received":1}}"#
        let asked = [
            #""method":"ping","params":{"clock":1,"head":"eyJ"}"#,
            #""method":"notice","params":{"seq":1,"statement":"eyJ"}"#,
            #""method":"trace-answer","params":{"seq":9,"statement":"eyJ"}"#,
            #""method":"assert","params":{"calls":[{"circuit":"c","orig":"1","dest":["2"],"identity":"e","call":"k"}]}"#,
        ]
        let answered = [
            #""result":{"clock":1,"head":"eyJ"}"#, #""result":{"received":1}"#, #""result":{"taken":1}"#,
            #""error":{"code":-32011,"message":"out of order","data":{"reason":"out of order","received":1}}"#,
        ]
        try seed("FuzzLink", Self.frames([#""id":1,"method":"hello","params":\#(word)"#], of: 0))
        try seed("FuzzLink", Self.frames([#""id":1,"result":\#(word)"#], of: 2))
        for peer: UInt8 in [1, 3] {
            let asked = asked.enumerated().map { #""id":\#($0),\#($1)"# }
            let answered = (1...6).flatMap { id in answered.map { #""id":\#(id),\#($0)"# } }
            for message in asked { try seed("FuzzLink", Self.frames([message], of: peer)) }
            try seed("FuzzLink", Self.frames(asked + answered, of: peer))
        }
    }

    private static func frames(_ messages: [String], of peer: UInt8) -> [UInt8] {
        let frames = messages.map { #"{"jsonrpc":"2.0",\#($0)}"# }.map { "\($0.utf8.count):\($0)," }
        return [peer, 9] + Array(frames.joined().utf8)
    }

    private func writeStatements() throws {
        let start = #"{"iss":"1001","iat":\#(MiniPKI.now)"#, uuid = #""200096d4-0b45-47b4-ac29-adc7513e7a37""#
        let hash = String(repeating: "9f", count: 32)
        let ends: [(kind: UInt8, String)] = [
            (0, #","record":"20261123-000000042","hash":"\#(hash)","records":42,"at":1795435200123}"#),
            (
                1,
                #","contact":"a","notices":[{"record":"20261123-000000042","at":1,"orig":"1","dest":"2","token":"\#(hash)","#
                    + #""reason":"stale_iat","sip":403,"circuit":"c"},{"first":1,"last":2,"count":3,"#
                    + #""records":["20261123-000000102"],"reason":"stale_iat","sip":403}]}"#
            ),
            (
                2,
                #","trace":\#(uuid),"to":"1001","circuit":"c","called":"1","cli":"2","at":1,"window":90000,"token":"t","#
                    + #""urgent":0,"hops":1,"why":"w","incident":"fraud","case":"7","calls":2,"evidence":"e","key":"k","#
                    + #""requester":"r"}"#
            ),
            (
                3,
                #","trace":\#(uuid),"asker":"1001","circuit":"c","outcome":"handedOver","reason":"r","at":1,"cli":"2","#
                    + #""called":"1","attest":"A","token":"t","origid":\#(uuid),"from":"1001","fromCircuit":"c","#
                    + #""clockOffset":-1,"candidates":2,"customerDigest":"d","customer":"e.."}"#
            ),
            (
                4,
                #","number":7,"until":\(MiniPKI.now + 86_400),"withdrawn":["\(hash.prefix(32))"],"added":[{"list":"bad_number","#
                    + #""first":"+8657188880000","last":"+8657188880099","from":1795435200,"to":1795521600}]}"#
            ),
            (
                4,
                #","number":1,"until":\(MiniPKI.now + 86_400),"part":1,"parts":2,"added":[{"list":"shut_trunk","#
                    + #""first":"86:95588","from":0}]}"#
            ),
        ]
        for (kind, end) in ends { try seed("FuzzStatement", [kind] + Array("\(start)\(end)".utf8)) }
        let answer = #"{"carrier":"1","statement":"a.b.c","disclosure":"{}"}"#
        let file = #"{"version":1,"question":"a.b.c","answers":[\#(answer)]}"# + "\n"
        try seed("FuzzStatement", [2] + Array(file.utf8))
    }

    private func writeExtensions() throws {
        let lists = try json("CertificatesTests/Vectors/tnauthlist-der.json")
        for name in ["valid", "invalid"] {
            try lists.member(name)?.withElements { list in
                try seed("FuzzTNAuthList", Self.bytes(fromHex: try list.string("extnvalue_hex")))
            }
        }
        let constraints = try json("CertificatesTests/Vectors/jwtclaimconstraints-der.json")
        try constraints.member("samples")?.withElements { sample in
            try seed("FuzzTNAuthList", Self.bytes(fromHex: try sample.string("der_hex")))
        }
    }

    private static func bytes(fromHex text: String) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue).map(UInt8.init)
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private func writeTexts() throws {
        for number in [
            "+8657188880000", "tel:+1-215-555-1001;phone-context=+1", "sip:+12155551001@a.example;user=phone", "95588",
            "0086 571 8888 0000", "urn:service:sos.police",
        ] {
            try seed("FuzzNumber", number.utf8)
        }
        for plan in ["china", "nanp"] {
            try seed("FuzzPlan", Data(contentsOf: tests.appending(path: "../Sources/NumberPlan/Plans/\(plan).json")))
        }
        try seed("FuzzRoamingList", "number,roaming\n+8613800138000,abroad\r\n+8613800138001,home\n*,home\n".utf8)
        try seed("FuzzIdentity", "Sun, 22 Nov 2026 06:20:45 GMT".utf8)
        try seed(
            "FuzzConfiguration",
            """
            data: data
            plan: nanp
            threads: 2
            requestLog: stdout
            records: {keepDays: 30}
            limits: {answerMilliseconds: 400, flushEachAnswer: true}
            listeners:
              - {name: switch, address: "[::1]:9999", allow: [10.1.0.0/16, "::1/128"], trunk: ent-1}
            signing: {key: a/key.pem, chain: a/chain.pem, url: https://a.example.com/a.pem, freshnessSeconds: 60}
            verification: {anchors: anchors, certificates: certs, mode: strict, revocation: hard, pastSeconds: 60}
            link: {address: "0.0.0.0:7443", tls: {chain: c.pem, key: k.pem, roots: r, revocationLists: l}, inboxPerPeer: 9}
            roaming: {service: "10.1.0.9:7000", whenUnknown: block, deadlineMilliseconds: 100, cacheSeconds: 5}
            """.utf8)
    }
}
