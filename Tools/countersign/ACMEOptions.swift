import ACME
import ArgumentParser
import CertificateRepository
import Certificates
import Foundation
import Keys
import LibCrypto
import NIOPosix

extension KeysCommand {
    /// A CA that is asked over ACME, on the word of a token authority.
    struct ACMEAuthority: ParsableArguments {
        @Option(help: ArgumentHelp("Have the CA with this ACME directory issue.", valueName: "url")) var acme: String?

        @Option(
            help: ArgumentHelp(
                "The key of the account there, made if it is not there; else acme.key in the data folder.",
                valueName: "file"))
        var acmeKey: String?

        @Flag(help: "Agree to the terms that the CA names.") var agreeToTerms = false

        @Option(help: ArgumentHelp("Where the CA may write to: mailto:noc@carrier.example.", valueName: "url"))
        var contact: [String] = []

        @Option(help: ArgumentHelp("An authority token that was got by hand.", valueName: "file")) var token: String?

        @Option(help: ArgumentHelp("The token authority: what stands before /at/account.", valueName: "url"))
        var tokenAuthority: String?

        @Option(help: "The account at the token authority.") var tokenAccount: String?

        @Option(
            help: ArgumentHelp("A file of mode 0600 with the value of the Authorization field.", valueName: "file"))
        var tokenCredentials: String?

        @Option(help: "What the account's fingerprint is of: thumbprint (RFC 9448), or public-key.")
        var fingerprint = ACMEDialect.Fingerprint.thumbprint

        @Option(help: "How a challenge is answered: tkauth (RFC 9447), or atc.")
        var challengeResponse = ACMEDialect.Response.tkauth

        @Option(help: "How the kind of token is spelt: TNAuthList (RFC 9448), or TnAuthList.")
        var tokenType = ACMEDialect.TokenType.tnAuthList

        @Option(help: "How a token is asked for: flat (RFC 9448), or wrapped in atc (RFC 9447).")
        var tokenRequest = ACMEDialect.TokenRequest.flat

        func validate() throws {
            let ofAuthority = [tokenAuthority, tokenAccount, tokenCredentials].compactMap { $0 }
            guard ofAuthority.isEmpty || (ofAuthority.count == 3 && token == nil) else {
                throw ValidationError(
                    "--token-authority, --token-account and --token-credentials go together, and without --token")
            }
            guard acme != nil || (ofAuthority.isEmpty && token == nil) else {
                throw ValidationError("tokens are for --acme")
            }
        }

        /// Nil unless there is one.
        func certifier(
            for rotation: Rotation, in data: String, _ servers: WebServers,
            _ holder: @escaping @Sendable () throws -> Holder
        ) throws -> Rotation.Certifier? {
            guard let acme else { return nil }
            let isLaboratory = rotation.settings.allowsPrivateNetwork
            let web = try WebClient(
                roots: servers.roots(mayBeNone: isLaboratory), group: MultiThreadedEventLoopGroup.singleton)
            let client = ACMEClient(
                directory: try ServiceURL(acme, isLaboratory: isLaboratory),
                try account(in: data, rotation.keyring.passphrase), dialect, web,
                ACMEWaiting(seconds: 600, pause: { try await Task.sleep(for: $0) }, now: { KeysCommand.now }))
            let tokens = try tokens(web, isLaboratory: isLaboratory)
            return { _, key in
                let request = try Rotation.request(for: holder(), by: key)
                let issued = try await client.chain(for: request, token: tokens)
                if let x5u = issued.x5u { rotation.outside.say("the CA publishes the chain too, at \(x5u)") }
                return Array(issued.pem.utf8)
            }
        }

        private var dialect: ACMEDialect {
            var dialect = ACMEDialect()
            dialect.fingerprint = fingerprint
            dialect.response = challengeResponse
            dialect.tokenType = tokenType
            dialect.tokenRequest = tokenRequest
            return dialect
        }

        /// Its key is encrypted as the signing keys are.
        private func account(in data: String, _ passphrase: Passphrase?) throws -> ACMEAccount {
            let path = acmeKey ?? "\(data)/acme.key"
            if !FileManager.default.fileExists(atPath: path) {
                try IssuedFile.create(path, SigningKey.generate(), encryptedWith: passphrase)
            }
            var account = ACMEAccount(try AccountKey(IssuedFile.readKey(path, passphrase: passphrase)))
            account.agreesToTerms = agreeToTerms
            account.contacts = contact
            return account
        }

        private func tokens(_ web: WebClient, isLaboratory: Bool) throws -> ACMEClient.TokenSource {
            if let token {
                let text = String(decoding: try IssuedFile.read(token), as: UTF8.self)
                let token = try AuthorityToken(text.trimmingCharacters(in: .whitespacesAndNewlines))
                return { _, _ throws(ACMEFault) in token }
            }
            guard let tokenAuthority, let tokenAccount, let tokenCredentials else {
                return { wish, place throws(ACMEFault) in throw .tokenWanted(wish, authority: place) }
            }
            let authority = try TokenAuthority(
                tokenAuthority, isLaboratory: isLaboratory, account: tokenAccount,
                credentials: IssuedFile.readCredentials(tokenCredentials), dialect, web)
            return { wish, _ throws(ACMEFault) in try await authority.token(wish) }
        }
    }
}

extension ACMEDialect.Fingerprint: ExpressibleByArgument {}
extension ACMEDialect.Response: ExpressibleByArgument {}
extension ACMEDialect.TokenType: ExpressibleByArgument {}
extension ACMEDialect.TokenRequest: ExpressibleByArgument {}
