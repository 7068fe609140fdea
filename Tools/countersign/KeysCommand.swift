import ArgumentParser
import Certificates
import Foundation
import Keys
import LibCrypto

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Rotate the keys that sign, and see where each one stands.",
        discussion: """
            A credential is a key, its certificate and that certificate's URL. It is staged, then published, then \
            active, and at last retiring, retired and destroyed; or revoked. 'rotate' goes all the way, and when it was \
            interrupted the same command finishes it. The daemon follows without a restart.
            """,
        subcommands: [
            Initialize.self, Change.self, Status.self, Rotate.self, Stage.self, Publish.self, Approve.self,
            Activate.self, Retire.self, Revoke.self, History.self,
        ])
}

extension KeysCommand {
    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace the key that signs, from a new key to the end of the old one; print the new one's id.",
            discussion: """
                Makes a key, has it certified, publishes the chain, waits until it answers at its URL, proves that a \
                token verifies, switches, waits until the daemon has followed, and destroys the old key. Interrupted \
                at any point, it is finished by running it again; with --replace even a run that had come to its end \
                is not begun anew.
                """)

        @OptionGroup var place: Place
        @OptionGroup var author: Author
        @OptionGroup var secret: Secret
        @OptionGroup var authority: IssuingAuthority
        @OptionGroup var scope: CertificateAuthorityCommand.Scope
        @OptionGroup var outside: Outside

        @Option(help: ArgumentHelp("Do nothing unless this one signs.", valueName: "id")) var replace: String?
        @Flag(help: "Do nothing unless it is time: for a timer.") var ifDue = false

        func run() async throws {
            let active = try await KeysCommand.rotating(
                place, author, secret, outside, makesKey: true, "rotate"
            ) { rotation -> StoredCredential? in
                if ifDue, try !rotation.isDue() {
                    try rotation.sweep()
                    return try rotation.store.active()
                }
                let predecessor = try rotation.store.predecessor(), scope = scope
                let certifier = try authority.certifier(for: rotation, in: place.data, outside.servers) {
                    try scope.holder(following: predecessor)
                }
                return try await rotation.rotate(
                    certifier, replacing: replace, scope: scope.wanted(), outside.patience)
            }
            if let active { print(active.id) }
        }
    }

    struct Stage: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new key, and take its chain from a CA; print its id.",
            discussion: """
                With --ca the authority in a folder issues at once, and with --acme a CA at a distance. Else --csr \
                writes a request for another CA, and the command is run again with --chain and what that CA answered. \
                With --key the key is one that was made in hardware, which it never leaves: 'rotate' makes none there, \
                and goes on with what is staged.
                """)

        @OptionGroup var place: Place
        @OptionGroup var author: Author
        @OptionGroup var secret: Secret
        @OptionGroup var authority: IssuingAuthority
        @OptionGroup var servers: WebServers
        @OptionGroup var scope: CertificateAuthorityCommand.Scope

        @Option(help: ArgumentHelp("A key in hardware (RFC 7512), in the place of a new one.", valueName: "URI"))
        var key: String?

        @Flag(help: "Make the key in a file, although the one that signs is in hardware.") var inFile = false

        @Option(help: ArgumentHelp("Write a certification request for it.", valueName: "file")) var csr: String?
        @Option(help: ArgumentHelp("The CA's answer, as PEM, the certificate first.", valueName: "file"))
        var chain: String?

        func validate() throws {
            guard [authority.isSaid, csr != nil, chain != nil].count(where: { $0 }) <= 1 else {
                throw ValidationError("of --ca, --acme, --csr and --chain only one can be given")
            }
            guard key == nil || !inFile else { throw ValidationError("--key names a key that is in no file") }
        }

        func run() async throws {
            let outside = try Outside.parse([])
            let id = try await KeysCommand.rotating(
                place, author, secret, outside, makesKey: chain == nil && key == nil, "stage"
            ) { rotation in
                try findKey(rotation)
                try await certify(rotation)
                return try rotation.store.candidate()?.id ?? ""
            }
            print(id)
        }

        private func findKey(_ rotation: Rotation) throws {
            if let key {
                try rotation.stage(TokenURI(key))
                return
            }
            // Without a way to go on with the one that is there, a new one is meant.
            let goesOn = try rotation.store.candidate() != nil && (csr != nil || authority.isSaid)
            if chain == nil, !goesOn { try rotation.stage(leavesHardware: inFile) }
        }

        private func certify(_ rotation: Rotation) async throws {
            let predecessor = try rotation.store.predecessor(), scope = scope
            if let chain { try rotation.take(IssuedFile.read(chain), scope: scope.wanted()) }
            if let csr { try rotation.request(for: scope.holder(following: predecessor), into: csr) }
            guard authority.isSaid else { return }
            let certifier = try authority.certifier(for: rotation, in: place.data, servers) {
                try scope.holder(following: predecessor)
            }
            try await rotation.take(from: certifier, scope: scope.wanted())
        }
    }

    struct Publish: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put the new chain up, and wait until its URL answers with it; print the URL.")

        @OptionGroup var place: Place
        @OptionGroup var author: Author
        @OptionGroup var secret: Secret
        @OptionGroup var outside: Outside

        func run() async throws {
            let url = try await KeysCommand.rotating(
                place, author, secret, outside, makesKey: false, "publish"
            ) { rotation in
                try await rotation.publish(outside.patience)
                return try rotation.store.candidate()?.url ?? ""
            }
            print(url)
        }
    }

    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Agree, as a second person, that a credential may sign.")

        @OptionGroup var place: Place
        @OptionGroup var author: Author
        @Argument(help: "The credential.") var id: String

        func run() async throws {
            try await KeysCommand.reportingFaults {
                let store = try place.ownStore(), lock = try KeyLock(data: place.data)
                try store.approve(store.credential(id), author.act("approve"))
                lock.release()
            }
        }
    }

    struct Activate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let the published credential sign, and the one before it sign no more; print its id.")

        @OptionGroup var place: Place
        @OptionGroup var author: Author
        @OptionGroup var secret: Secret
        @OptionGroup var outside: Outside

        func run() async throws {
            let id = try await KeysCommand.rotating(
                place, author, secret, outside, makesKey: false, "activate"
            ) { try await $0.activate(outside.patience).id }
            print(id)
        }
    }

    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give up a credential that never signed, or withdraw chains whose time is over.",
            discussion: """
                A chain stays published until a day after its certificate's end: verifiers may hold it, or ask for it, \
                until then. Without an id, all those whose time is over are withdrawn; 'rotate' does so too.
                """)

        @OptionGroup var place: Place
        @OptionGroup var author: Author
        @OptionGroup var consent: Consent
        @Argument(help: "The credential.") var id: String?

        func run() async throws {
            try await KeysCommand.rotating(
                place, author, Secret.parse([]), Outside.parse([]), makesKey: false, "retire"
            ) { rotation in
                guard let id else { return try rotation.sweep() }
                let credential = try rotation.store.credential(id)
                if credential.state.isCandidate {
                    try consent.ask(to: "give up \(id), which is to sign next\(credential.endOfKey)")
                }
                try rotation.retire(id)
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give up a key that others may have, and sign with another at once.",
            discussion: """
                Switches to the credential that is staged, or with --ca or --acme to a new one, without time to \
                settle, and destroys the key. The old chain stays up, so that verifiers find it revoked. Says what to \
                tell the CA, whose list alone makes peers refuse what others sign.
                """)

        @OptionGroup var place: Place
        @OptionGroup var author: Author
        @OptionGroup var secret: Secret
        @OptionGroup var authority: IssuingAuthority
        @OptionGroup var outside: Outside
        @OptionGroup var consent: Consent

        @Flag(help: "Sign nothing, rather than go on with this key until there is another.")
        var withoutReplacement = false

        @Argument(help: "The credential; else one whose revocation was cut short, or the one that signs.")
        var id: String?

        func run() async throws {
            guard author.why != nil else { throw fault("say why, with --why: the history keeps it") }
            let revoked = try await KeysCommand.rotating(
                place, author, secret, outside, makesKey: authority.isSaid, "revoke"
            ) { rotation in
                let id = try id ?? rotation.credentialToRevoke().id
                try confirm(rotation.store.credential(id))
                let predecessor = try rotation.store.predecessor()
                let scope = try CertificateAuthorityCommand.Scope.parse([])
                let certifier = try authority.certifier(for: rotation, in: place.data, outside.servers) {
                    try scope.holder(following: predecessor)
                }
                return try await rotation.revoke(
                    id, certifier, withoutReplacement: withoutReplacement, outside.patience)
            }
            try await KeysCommand.reportingFaults { try tell(of: revoked) }
        }

        private func confirm(_ credential: StoredCredential) throws {
            // What was cut short is finished.
            guard credential.state != .revoked else { return }
            let isActive = credential.state == .active
            let role = isActive ? "which signs now" : "which is \(credential.state.rawValue)"
            let end = isActive && withoutReplacement ? "; nothing signs then" : ""
            try consent.ask(to: "revoke \(credential.id), \(role)\(credential.endOfKey)\(end)")
        }

        private func tell(of revoked: StoredCredential) throws {
            guard let leaf = try? revoked.certificates.first else { return }
            let serial = leaf.serialNumber, folder = authority.local.ca ?? "FOLDER"
            let lines = [
                "now tell the CA, \(leaf.issuerText), to revoke serial number \(serial), reason keyCompromise;",
                "if it is one of ours: countersign ca revoke --ca \(folder) \(serial) --reason keyCompromise",
            ]
            for line in lines { Console.note(line) }
            print(leaf.serialNumber)
        }
    }
}
