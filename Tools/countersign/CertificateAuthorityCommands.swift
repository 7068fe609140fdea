import ArgumentParser
import Certificates
import Foundation
import LibCrypto
import Yams

struct CertificateAuthorityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ca", abstract: "Run a private certificate authority, for demonstrations and tests.",
        discussion: "Begin with 'ca init', then 'ca issue'. In earnest an approved authority issues.",
        subcommands: [
            Initialize.self, Issue.self, SignRequest.self, Delegate.self, Revoke.self, PublishRevocations.self,
            TrustListCommand.self, Lint.self,
        ])

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
                let isOwn = try Authority(at: place.ca).revoke(serial, reason, at: CertificateAuthorityCommand.now)
                let flag = isOwn ? "" : " --indirect, since the intermediate's own list does not name it"
                Console.note("revoked; publish it with: countersign ca crl --ca \(place.ca)\(flag)")
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
                let (pem, unnamed) = try Authority(at: place.ca).revocationList(
                    indirect: indirect || point?.isIndirect == true, url: point?.url, validFor: hours * 3_600,
                    at: CertificateAuthorityCommand.now)
                for serial in unnamed {
                    Console.note(
                        "warning: \(serial) is revoked and not in this list: --indirect makes one that names it")
                }
                print(pem, terminator: "")
            }
        }
    }
}
