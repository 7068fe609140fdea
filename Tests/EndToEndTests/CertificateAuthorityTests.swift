import Foundation
import Testing

/// `countersign ca` as an operator runs it.
@Suite(.serialized, .timeLimit(.minutes(5))) final class CertificateAuthorityTests {
    private let folder = NSTemporaryDirectory() + "countersign-ca-\(UUID().uuidString)"

    init() async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await succeed("ca", "init")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func countersign(_ arguments: [String]) async throws -> (status: Int32, output: String) {
        try await Program.run("countersign", arguments, in: folder)
    }

    @discardableResult
    private func succeed(_ arguments: String...) async throws -> String {
        let (status, output) = try await countersign(arguments)
        #expect(status == 0, "\(arguments): \(output)")
        return output
    }

    private func fail(_ arguments: String..., saying words: String) async throws {
        let (status, output) = try await countersign(arguments)
        #expect(status == 1)
        #expect(output.contains(words), "\(output)")
    }

    private func openssl(_ arguments: String...) async throws -> String {
        let (status, output) = try await Program.run("/usr/bin/env", ["openssl"] + arguments, in: folder)
        #expect(status == 0, "\(output)")
        return output
    }

    private func verify(_ chain: String) async throws {
        _ = try await openssl("verify", "-x509_strict", "-CAfile", "ca/root.pem", "-untrusted", chain, chain)
    }

    @Test func `a carrier's request is signed for the code that was granted`() async throws {
        _ = try await openssl(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem",
            "-subj", "/C=DE/O=Anybody/CN=SHAKEN ROOT", "-addext", "1.3.6.1.5.5.7.1.26=DER:3008A00616043730394A", "-out",
            "request.pem")
        try await fail("ca", "sign-csr", "request.pem", "-o", "chain.pem", saying: "add --spc, --range or --number")
        try await fail(
            "ca", "sign-csr", "request.pem", "--spc", "1234", "-o", "chain.pem", saying: "the request asks for 709J too"
        )
        try await fail(
            "ca", "sign-csr", "key.pem", "--spc", "709J", "-o", "chain.pem", saying: "key.pem: no certification request"
        )
        try await succeed("ca", "sign-csr", "request.pem", "--spc", "709J", "--name", "Own", "-o", "chain.pem")
        try await verify("chain.pem")
        let subject = try await openssl("x509", "-in", "chain.pem", "-noout", "-subject", "-nameopt", "RFC2253")
        #expect(subject.contains("CN=SHAKEN 709J TEST,O=Own,C=US"))
        try await succeed("ca", "lint", "chain.pem", "ca/root.pem")
    }

    @Test func `numbers are delegated to customers, and no more than a carrier has`() async throws {
        try await succeed(
            "ca", "delegate", "--authority", "--spc", "709J", "--range", "4008100000-4008100999", "-o", "carrier")
        try await succeed(
            "ca", "delegate", "--authority", "--range", "4008100000:1000", "--number", "95588", "-o", "narrow")
        try await succeed(
            "ca", "delegate", "--parent", "narrow", "--number", "95588", "--range", "4008100100:100", "-o", "bank")
        try await verify("bank/chain.pem")
        try await fail(
            "ca", "delegate", "--parent", "narrow", "--range", "4008100900-4008101000", "-o", "wide",
            saying: "wider than its issuer by 4008101000")
        try await fail("ca", "delegate", "--number", "95588", "-o", "x", saying: "name its folder with --parent")
        try await fail(
            "ca", "delegate", "--parent", "narrow", "--range", "10:90", "-o", "x", saying: "next power of ten")
        try await fail(
            "ca", "delegate", "--authority", "--number", "95588", "--must-exclude", "rcd", "-o", "x",
            saying: "only a delegate's certificate has claim constraints")
        // The profile's constraints, which keep an unvetted customer from attesting.
        let text = try await openssl("asn1parse", "-in", "bank/chain.pem")
        #expect(text.contains("1.3.6.1.5.5.7.1.33"))
        try await succeed("ca", "lint", "bank/chain.pem", "carrier/chain.pem", "ca/root.pem")
    }

    @Test func `what the intermediate's own list does not name is told of`() async throws {
        try await succeed("ca", "delegate", "--authority", "--number", "95588", "-o", "carrier")
        try await succeed("ca", "delegate", "--parent", "carrier", "--number", "95588", "-o", "bank")
        func serial(_ chain: String) async throws -> String {
            let text = try await openssl("x509", "-in", chain, "-noout", "-serial")
            return try #require(text.split(separator: "=").last).trimmingCharacters(in: .newlines)
        }
        let bank = try await serial("bank/chain.pem"), carrier = try await serial("carrier/chain.pem")
        #expect(try await succeed("ca", "revoke", bank).contains("ca crl --ca ca --indirect"))
        #expect(try await succeed("ca", "crl").contains("\(bank) is revoked and not in this list"))
        #expect(try await !succeed("ca", "crl", "--indirect").contains("warning"))
        #expect(try await !succeed("ca", "revoke", carrier).contains("--indirect"))
        try await fail(
            "ca", "delegate", "--parent", "carrier", "--number", "95588", "-o", "x", saying: "\(carrier), on the path")
    }

    @Test func `a renewal keeps the constraints of what it renews`() async throws {
        try await succeed("ca", "delegate", "--authority", "--spc", "709J", "--number", "95588", "-o", "carrier")
        let customer = ["ca", "delegate", "--parent", "carrier", "--number", "95588", "-o"]
        for (output, more) in [
            ("old", ["--must-exclude", "attest"]), ("new", ["--renew", "old/chain.pem"]),
            ("told", ["--renew", "old/chain.pem", "--must-exclude", "attest"]),
        ] {
            let (status, text) = try await countersign(customer + [output] + more)
            #expect(status == 0, "\(text)")
        }
        let changed = try await countersign(customer + ["other", "--renew", "old/chain.pem", "--must-exclude", "rcd"])
        #expect(changed.status == 1 && changed.output.contains("the very constraints"))
        var values: [String] = []
        for output in ["old", "new"] {
            let lines = try await openssl("asn1parse", "-in", "\(output)/chain.pem").split(separator: "\n")
            let place = try #require(lines.firstIndex { $0.hasSuffix("1.3.6.1.5.5.7.1.33") })
            values.append(String(try #require(lines[place + 1].split(separator: ":").last)))
        }
        #expect(values[0] == values[1])
    }

    @Test func `lint tells what is wrong with a stranger's certificate, and where`() async throws {
        _ = try await openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-subj", "/CN=Carrier", "-out",
            "rsa.pem")
        let (status, output) = try await countersign(["ca", "lint", "ca/root.pem", "rsa.pem"])
        #expect(status == 1)
        let lines = output.split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasPrefix("rsa.pem:1: CN=Carrier: ") }, "\(output)")
        for rule in ["public-key", "signature-algorithm", "subject-attributes", "common-name", "key-usage"] {
            #expect(lines.contains { $0.contains(": \(rule): ") }, "\(rule)")
        }
        try await fail("ca", "lint", "key.pem", saying: "key.pem holds no certificate")
        try await fail("ca", "lint", "nowhere.pem", saying: "cannot read nowhere.pem")
    }
}
