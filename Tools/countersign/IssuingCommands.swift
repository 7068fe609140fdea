import ArgumentParser
import Certificates

extension CertificateAuthorityCommand {
    struct Issue: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Issue a carrier's certificate to sign calls with; print its chain's path.",
            discussion: "For a key that the carrier keeps to itself: countersign ca sign-csr.")

        @OptionGroup var place: Place
        @OptionGroup var validity: Validity

        @Option(help: ArgumentHelp("The carrier's service provider code.", valueName: "code")) var spc: String

        @Option(help: ArgumentHelp("The carrier's name; else its code.", valueName: "name")) var name: String?

        @Option(name: .shortAndLong, help: "The folder to write key.pem and chain.pem into.") var out: String

        func run() throws {
            try Console.reporting {
                let now = CertificateAuthorityCommand.now
                let delivery = try Authority(at: place.ca).issue(
                    to: Scope.holder([.spc(spc)], name ?? spc), place.profile(.endEntity),
                    until: validity.notAfter(at: now), into: out, at: now)
                CertificateAuthorityCommand.report(delivery)
            }
        }
    }

    struct SignRequest: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "sign-csr",
            abstract: "Issue to the key of a certification request (PKCS #10); print the chain's path.",
            discussion: """
                --spc, --range and --number are the most that is granted: a request that asks for more is refused, and one \
                that asks for less gets less. Subject, validity and all else are the profile's, whatever the request says.
                """)

        /// Whoever signs a CA that issues to anybody does that with 'ca init'.
        enum Kind: String, ExpressibleByArgument, CaseIterable {
            case endEntity = "end-entity", delegateAuthority = "delegate-ca", delegate

            var profiled: CertificateProfile.Kind {
                switch self {
                case .endEntity: .endEntity
                case .delegateAuthority: .delegateAuthority
                case .delegate: .delegate
                }
            }
        }

        @OptionGroup var place: Place
        @OptionGroup var scope: Scope
        @OptionGroup var constraints: Constraints
        @OptionGroup var validity: Validity

        @Argument(help: "The request, in PEM or DER.") var request: String

        @Option(help: "What to issue.") var kind = Kind.endEntity

        @Option(help: "The folder of the delegate CA that is to issue ('ca delegate --authority').") var parent: String?

        @Option(name: .shortAndLong, help: "The file to write the chain into.") var out: String

        func run() throws {
            try Console.reporting {
                let now = CertificateAuthorityCommand.now, ca = try Authority(at: place.ca)
                let profile = try place.profile(kind.profiled)
                let issuance = try ca.grant(
                    asked(), to: constraints.bind(scope.holder(), profile), profile,
                    by: parent.map { try ca.delegateAuthority(in: $0) }, until: validity.notAfter(at: now), into: out,
                    at: now)
                CertificateAuthorityCommand.report(issuance.certificate, issuance.warnings, chainFile: out)
            }
        }

        private func asked() throws -> CertificationRequest {
            let bytes = try IssuedFile.read(request)
            do throws(CertificationRequestFault) { return try CertificationRequest(pemOrDER: bytes) } catch {
                throw CommandFault("\(request): \(error)")
            }
        }
    }

    struct Delegate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Issue a delegate certificate, or with --authority a CA that may issue them; print its chain's path.",
            discussion: """
                A delegate CA is a carrier's, issued by the authority; a delegate is a customer's, issued by the delegate CA \
                that --parent names, for codes and blocks that lie within that CA's own.
                """)

        @OptionGroup var place: Place
        @OptionGroup var scope: Scope
        @OptionGroup var constraints: Constraints
        @OptionGroup var validity: Validity

        @Flag(help: "Make a delegate CA.") var authority = false

        @Option(help: "The folder that 'ca delegate --authority' wrote.") var parent: String?

        @Option(name: .shortAndLong, help: "The folder to write key.pem and chain.pem into.") var out: String

        func run() throws {
            try Console.reporting {
                let now = CertificateAuthorityCommand.now, ca = try Authority(at: place.ca)
                let profile = try place.profile(authority ? .delegateAuthority : .delegate)
                guard authority || parent != nil else {
                    throw CommandFault(
                        "a delegate needs a delegate CA; name its folder with --parent, or make one with --authority")
                }
                let delivery = try ca.issue(
                    to: constraints.bind(scope.holder(), profile), profile,
                    by: parent.map { try ca.delegateAuthority(in: $0) }, until: validity.notAfter(at: now), into: out,
                    at: now)
                CertificateAuthorityCommand.report(delivery)
            }
        }
    }
}

extension CertificateAuthorityCommand {
    private static func report(_ delivery: Authority.Delivery) {
        Console.note("key in \(delivery.keyFile)")
        report(delivery.certificate, delivery.warnings, chainFile: delivery.chainFile)
    }
}
