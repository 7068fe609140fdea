import ArgumentParser
import Certificates
import Foundation
import LibCrypto
import NumberPlan
import Yams

struct CertificateAuthorityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ca", abstract: "Run a private certificate authority, for demonstrations and tests.",
        subcommands: [Initialize.self, Issue.self, Delegate.self, Revoke.self, PublishRevocations.self])

    /// What every command of the authority asks.
    struct Place: ParsableArguments {
        @Option(help: "The authority's folder.") var ca = "ca"

        @Option(help: "A folder with profiles such as end-entity.yaml, to use in the place of the built-in ones.")
        var profiles: String?

        func profile(_ kind: CertificateProfile.Kind) throws -> CertificateProfile {
            guard let profiles else { return .testing(kind) }
            let path = "\(profiles)/\(kind.rawValue).yaml"
            let text = String(decoding: try IssuedFile.read(path), as: UTF8.self)
            do {
                return try YAMLDecoder().decode(CertificateProfile.self, from: text)
            } catch { throw CommandFault("\(path) is no certificate profile: \(error)") }
        }
    }

    /// What a certificate speaks for.
    struct Scope: ParsableArguments {
        @Option(help: ArgumentHelp("A service provider code.", valueName: "code")) var spc: [String] = []

        @Option(help: ArgumentHelp("A block of numbers.", valueName: "first:count")) var range: [String] = []

        @Option(help: ArgumentHelp("A single number.", valueName: "digits")) var number: [String] = []

        @Option(help: ArgumentHelp("The holder's name; else its code or first number.", valueName: "name"))
        var name: String?

        func holder(_ constraints: ClaimConstraints? = nil) throws -> Holder {
            let entries =
                spc.map(TNAuthList.Entry.spc) + (try range.map(Self.range))
                + (try number.map { .one(try Self.digits($0)) })
            guard !entries.isEmpty else { throw CommandFault("nothing to speak for; add --spc, --range or --number") }
            let list: TNAuthList
            do throws(CertificateFault) { list = try TNAuthList(entries) } catch {
                throw CommandFault(
                    "\(error); a code is of A-Z and 0-9, a number of 15 digits at most, and first + count stays within its digits"
                )
            }
            let name = name ?? spc.first ?? number.first ?? String(range[0].prefix { $0 != ":" })
            return Holder(name: name, tnAuthList: list, constraints: constraints)
        }

        private static func range(_ text: String) throws -> TNAuthList.Entry {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let count = Int(parts[1]) else {
                throw CommandFault("'\(text)' is no block of numbers; write it as in 12155550000:10000")
            }
            return .range(start: try digits(String(parts[0])), count: count)
        }

        private static func digits(_ text: String) throws -> Digits {
            guard let digits = Digits(text) else {
                throw CommandFault("'\(text)' is no number; write its digits alone, as in 12155550000")
            }
            return digits
        }
    }

    struct Output: ParsableArguments {
        @Option(name: .shortAndLong, help: "The folder to write key.pem and chain.pem into.") var out: String

        @Option(help: "Days of validity; else the profile's.") var days: Int?

        func notAfter(at now: Int) throws -> Int? {
            guard let days else { return nil }
            guard (1...36_500).contains(days) else { throw CommandFault("--days goes from 1 to 36500") }
            return now + days * 86_400
        }

        func report(_ delivery: Authority.Delivery) {
            for warning in delivery.warnings { Console.note("warning: \(warning)") }
            Console.note("\(delivery.certificate.subjectText), serial \(delivery.certificate.serialNumber)")
            Console.note("key in \(delivery.keyFile)")
            print(delivery.chainFile)
        }
    }

    static var now: Int { Int(Date().timeIntervalSince1970) }
}

extension CertificateAuthorityCommand {
    struct Initialize: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "init",
            abstract: "Make a root and an intermediate; print the root's path, which is the trust anchor.")

        @OptionGroup var place: Place

        func run() throws {
            try Console.reporting {
                let authority = try Authority.create(
                    at: place.ca, root: place.profile(.root), intermediate: place.profile(.intermediate),
                    at: CertificateAuthorityCommand.now)
                Console.note(
                    "\(authority.intermediate.certificate.subjectText), below \(authority.root.certificate.subjectText)"
                )
                Console.note("keep \(place.ca) to yourself: its keys can issue for any number")
                print("\(place.ca)/\(Authority.File.root)")
            }
        }
    }

    struct Issue: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Issue a carrier's certificate to sign calls with; print its chain's path.")

        @OptionGroup var place: Place
        @OptionGroup var scope: Scope
        @OptionGroup var output: Output

        func run() throws {
            try Console.reporting {
                let now = CertificateAuthorityCommand.now
                output.report(
                    try Authority(at: place.ca).issue(
                        to: scope.holder(), place.profile(.endEntity), until: output.notAfter(at: now),
                        into: output.out, at: now))
            }
        }
    }

    struct Delegate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Issue a delegate certificate, or with --authority a CA that may issue them; print its chain's path.",
            discussion: "A delegate CA is issued by the authority; a delegate by the delegate CA that --parent names.")

        @OptionGroup var place: Place
        @OptionGroup var scope: Scope
        @OptionGroup var output: Output

        @Flag(help: "Make a delegate CA.") var authority = false

        @Option(help: "The folder that 'ca delegate --authority' wrote.") var parent: String?

        @Option(help: ArgumentHelp("A claim that tokens must carry.", valueName: "claim")) var mustInclude: [String] =
            []

        @Option(help: ArgumentHelp("The only values a claim may have.", valueName: "claim=value,value"))
        var permit: [String] = []

        @Option(help: ArgumentHelp("A claim that tokens must not carry; else the profile's.", valueName: "claim"))
        var mustExclude: [String] = []

        @Option(help: "A certificate that the new one renews: it must carry the very same constraints.") var renew:
            String?

        func run() throws {
            try Console.reporting {
                let now = CertificateAuthorityCommand.now, ca = try Authority(at: place.ca)
                let profile = try place.profile(authority ? .delegateAuthority : .delegate)
                guard authority || parent != nil else {
                    throw CommandFault(
                        "a delegate needs a delegate CA; name its folder with --parent, or make one with --authority")
                }
                let holder = try scope.holder(authority ? nil : constraints(profile))
                if let renew { try holder.requireSameConstraints(as: Self.certificate(in: renew)) }
                output.report(
                    try ca.issue(
                        to: holder, profile, by: parent.map { try ca.delegateAuthority(in: $0) },
                        until: output.notAfter(at: now), into: output.out, at: now))
            }
        }

        private static func certificate(in path: String) throws -> Certificate {
            let pem = try IssuedFile.read(path)
            guard let certificate = try Certificate.all(inPEM: pem.span, atMost: Credential.longestChain).first else {
                throw CommandFault("\(path) holds no certificate")
            }
            return certificate
        }

        private func constraints(_ profile: CertificateProfile) throws -> ClaimConstraints? {
            let permitted = try permit.map { text in
                let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
                guard parts.count == 2 else {
                    throw CommandFault("'\(text)' permits nothing; write it as in attest=A,B")
                }
                return ClaimConstraints.PermittedValues(
                    claim: parts[0], values: parts[1].split(separator: ",").map(String.init))
            }
            let told = !mustInclude.isEmpty || !permitted.isEmpty || !mustExclude.isEmpty
            let excluded = told ? mustExclude : profile.mustExclude ?? []
            guard told || !excluded.isEmpty else { return nil }
            return try ClaimConstraints(mustInclude: mustInclude, permittedValues: permitted, mustExclude: excluded)
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Note that a certificate is revoked; 'ca crl' publishes it.")

        @OptionGroup var place: Place

        @Argument(help: "The serial number in hexadecimal.") var serial: String

        @Option(help: ArgumentHelp("One of: \(reasons).", valueName: "reason")) var reason = "unspecified"

        private static let reasons = RevocationReason.allCases.map { "\($0)" }.joined(separator: ", ")

        func run() throws {
            try Console.reporting {
                guard let reason = RevocationReason.allCases.first(where: { "\($0)" == reason }) else {
                    throw CommandFault("'\(reason)' is no reason; use one of: \(Self.reasons)")
                }
                try Authority(at: place.ca).revoke(serial, reason, at: CertificateAuthorityCommand.now)
                Console.note("revoked; publish it with: countersign ca crl --ca \(place.ca)")
            }
        }
    }

    struct PublishRevocations: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "crl", abstract: "Print a CRL in PEM.",
            discussion:
                "The intermediate's own, or with --indirect one that the root signs for all issuers of the folder.")

        @OptionGroup var place: Place

        @Flag(help: "Sign for all issuers with the root's key, as when the end entities' profile says so.")
        var indirect = false

        @Option(help: "Hours until the next one is due.") var hours = 24

        func run() throws {
            try Console.reporting {
                guard (1...8_760).contains(hours) else { throw CommandFault("--hours goes from 1 to 8760") }
                let point = try place.profile(.endEntity).revocation
                print(
                    try Authority(at: place.ca).revocationList(
                        indirect: indirect || point?.isIndirect == true, url: point?.url, validFor: hours * 3_600,
                        at: CertificateAuthorityCommand.now),
                    terminator: "")
            }
        }
    }
}

/// What people read, apart from the data on standard output.
private enum Console {
    static func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// Whatever goes wrong is one line that says what to do, and ends with 1.
    static func reporting(_ body: () throws -> Void) throws {
        do { try body() } catch {
            note("countersign: error: \(error)")
            throw ExitCode.failure
        }
    }
}

private struct CommandFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
