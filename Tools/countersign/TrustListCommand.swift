import ArgumentParser
import Certificates
import Foundation
import LibCrypto

struct TrustListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust-list", abstract: "Print a signed list of whom to trust, as a JWS.",
        discussion:
            """
            Signed by the authority's policy administrator, whose certificate, policy.pem, is what verifiers pin. It is made \
            with its key, policy.key, when it is not there.
            """)

    @Option(help: "The authority's folder.") var ca = "ca"

    @Option(help: ArgumentHelp("A PEM file of roots to trust; else the authority's own.", valueName: "file"))
    var anchor: [String] = []

    @Option(help: "Days until a newer one must have come.") var days = 7

    @Option(help: "Its number, higher than that of any list before; else the seconds since 1970.") var sequence: Int?

    func run() throws {
        do {
            guard (1...3_650).contains(days) else { throw fault("--days goes from 1 to 3650") }
            let now = Int(Date().timeIntervalSince1970)
            let files = anchor.isEmpty ? [try Authority(at: ca).folder + "/" + Authority.File.root] : anchor
            let anchors = try files.flatMap { file in
                let pem = try IssuedFile.read(file)
                return try Certificate.all(inPEM: pem.span, atMost: TrustList.mostAnchors)
            }
            guard (1...TrustList.mostAnchors).contains(anchors.count), anchors.allSatisfy(\.isAuthority) else {
                throw fault("a trust list names from 1 to \(TrustList.mostAnchors) CAs, and nobody else")
            }
            let administrator = try PolicyAdministrator(in: ca, at: now)
            print(
                try UnsignedTrustList(sequence: sequence ?? now, expires: now + days * 86_400, anchors: anchors)
                    .signed(by: administrator.key))
        } catch let code as ExitCode { throw code } catch { throw fault("\(error)") }
    }
}
