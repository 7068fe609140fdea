import ArgumentParser
import Certificates
import LibCrypto

extension CertificateAuthorityCommand {
    struct Lint: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check certificates, whoever issued them, against the rules that our own are held to.",
            discussion: """
                Prints FILE:PLACE: SUBJECT: RULE: what it must have (SOURCE), a line for each rule broken, and ends with 1 if \
                there is one. Issuers are sought in all files together. It trusts nobody, and checks no signature.
                """)

        @Argument(help: "Files of certificates in PEM.") var files: [String]

        func run() throws {
            var isSound = true
            try Console.reporting {
                let found = try files.map { (path: $0, certificates: try Self.certificates(in: $0)) }
                let all = found.flatMap(\.certificates)
                for (path, certificates) in found {
                    for (place, certificate) in certificates.enumerated() {
                        for line in Self.breaches(of: certificate, among: all) {
                            isSound = false
                            print("\(path):\(place + 1): \(line)")
                        }
                    }
                }
            }
            if !isSound { throw ExitCode.failure }
        }

        private static func breaches(of certificate: Certificate, among all: [Certificate]) -> [String] {
            let issuers = certificate.issuers(among: all)
            let kind = CertificateProfile.Kind(of: certificate, under: issuers)
            return CertificateRule.broken(by: certificate, as: kind, under: issuers).map { rule in
                "\(certificate.subjectText): \(rule.rawValue): a certificate of kind \(kind.rawValue) must have "
                    + "\(rule.requirement) (\(rule.source))"
            }
        }

        private static func certificates(in path: String) throws -> [Certificate] {
            let pem = try IssuedFile.read(path), certificates: [Certificate]
            do throws(OpenSSLError) { certificates = try Certificate.all(inPEM: pem.span, atMost: 1_000) } catch {
                throw CommandFault("\(path) holds something that is no certificate: \(error)")
            }
            guard !certificates.isEmpty else { throw CommandFault("\(path) holds no certificate in PEM") }
            return certificates
        }
    }
}
