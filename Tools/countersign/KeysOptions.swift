import ArgumentParser
import CertificateRepository
import Certificates
import Foundation
import Glibc
import Keys
import LibCrypto
import NIOPosix
import NumberPlan

/// What the commands that work on keys ask.
extension KeysCommand {
    struct Place: ParsableArguments {
        @Option(help: ArgumentHelp("The data folder.", valueName: "folder")) var data = "."

        func store() throws -> KeyStore { try KeyStore.open(at: data) }
        /// To change it.
        func ownStore() throws -> KeyStore { try KeyStore.open(at: data, ownedBy: geteuid()) }
    }

    /// Who does it and why: each step leaves a line in the history.
    struct Author: ParsableArguments {
        @Option(help: "Who does this; else the user who is logged in.") var who: String?
        @Option(help: "Why.") var why: String?

        /// Before anything is done: the store would refuse it at the end.
        func validate() throws {
            for (option, value, longest) in [("--who", who, Act.longestWho), ("--why", why, Act.longestWhy)] {
                guard let value, !(1...longest).contains(value.unicodeScalars.count) else { continue }
                throw ValidationError("\(option) takes from 1 to \(longest) characters")
            }
        }

        func act(_ command: String) -> Act {
            Act(who: who ?? Self.user, why: why ?? command, at: KeysCommand.now)
        }

        /// In a container a user may have no name.
        private static var user: String {
            let name = NSUserName()
            return name.isEmpty ? "uid \(geteuid())" : name
        }
    }

    /// For what cannot be undone.
    struct Consent: ParsableArguments {
        @Flag(help: "Do not ask whether that is meant.") var yes = false

        func ask(to deed: String) throws { try Console.confirm(deed, isConfirmed: yes) }
    }

    /// What opens private keys. Never an argument: others see those.
    struct Secret: ParsableArguments {
        @Option(help: ArgumentHelp("A file of mode 0600 with the passphrase of the keys.", valueName: "file"))
        var passphrase: String?

        @Flag(help: "Ask for the passphrase of the keys at the terminal.") var askPassphrase = false

        @Option(help: ArgumentHelp("For keys in hardware: the library that came with it.", valueName: "file"))
        var pkcs11Module: String?

        @Option(
            help: ArgumentHelp("A file of mode 0600 with the hardware's PIN; else it is asked for.", valueName: "file"))
        var pin: String?

        func validate() throws {
            guard pin == nil || pkcs11Module != nil else {
                throw ValidationError("--pin goes with --pkcs11-module, the library that it is for")
            }
        }

        func keyring(data: String, makesKey: Bool) throws -> Keyring {
            try Keyring(KeyFiles(data: data), passphrase: read(isNew: makesKey), token: openToken())
        }

        private func read(isNew: Bool) throws -> Passphrase? {
            if let passphrase { return try IssuedFile.readPassphrase(passphrase) }
            return askPassphrase ? try ask("Passphrase of the keys: ", isNew: isNew, else: "--passphrase") : nil
        }

        private func ask(_ prompt: String, isNew: Bool, else option: String) throws -> Passphrase {
            do throws(OpenSSLError) { return try Passphrase(asking: prompt, isNew: isNew) } catch {
                throw CommandFault("the terminal gave none (\(error)): where there is none, give \(option) FILE")
            }
        }

        private func openToken() throws -> Keyring.OpenToken? {
            guard let pkcs11Module else { return nil }
            let module = URL(filePath: pkcs11Module).standardizedFileURL.path
            let pin = try pin.map(IssuedFile.readPassphrase) ?? ask("PIN of the token: ", isNew: false, else: "--pin")
            return { uri in
                try SigningKey(
                    TokenKey(uri, module: module, pin: pin), signers: 1,
                    microseconds: { Int(DispatchTime.now().uptimeNanoseconds / 1_000) }, report: { _ in })
            }
        }
    }

    /// A CA in a folder, which answers at once.
    struct LocalAuthority: ParsableArguments {
        @Option(help: ArgumentHelp("Have the authority in this folder issue.", valueName: "folder")) var ca: String?

        @Option(help: ArgumentHelp("The delegate CA that 'ca delegate --authority' wrote.", valueName: "folder"))
        var parent: String?

        @Option(help: "A folder with the authority's profiles, such as end-entity.yaml.") var profiles: String?

        @Option(help: "Days of validity; else the profile's.") var days: Int?

        /// Nil unless there is one.
        func certifier(_ holder: @escaping @Sendable () throws -> Holder) throws -> Rotation.Certifier? {
            guard let ca else { return nil }
            let authority = try Authority(at: ca)
            let place = try CertificateAuthorityCommand.Place.parse(
                ["--ca", ca] + (profiles.map { ["--profiles", $0] } ?? []))
            let profile = try place.profile(parent == nil ? .endEntity : .delegate)
            let issuer = try parent.map { try authority.delegateAuthority(in: $0) }
            if let days, !(1...36_500).contains(days) { throw fault("--days goes from 1 to 36500") }
            return { _, key in
                let now = KeysCommand.now
                let (issuance, chain) = try authority.certify(
                    key.verifyingKey, of: holder(), profile, by: issuer, until: days.map { now + $0 * 86_400 }, at: now)
                for warning in issuance.warnings { Console.note("warning: \(warning)") }
                return Array(chain.utf8)
            }
        }
    }

    /// The CA that answers: in a folder, or over ACME.
    struct IssuingAuthority: ParsableArguments {
        @OptionGroup var local: LocalAuthority
        @OptionGroup var acme: ACMEAuthority

        func validate() throws {
            guard acme.acme == nil || local.ca == nil else {
                throw ValidationError("--ca and --acme are two ways, of which one is gone")
            }
        }

        var isSaid: Bool { acme.acme != nil || local.ca != nil }

        /// Nil unless there is one.
        func certifier(
            for rotation: Rotation, in data: String, _ servers: WebServers,
            _ holder: @escaping @Sendable () throws -> Holder
        ) throws -> Rotation.Certifier? {
            try acme.certifier(for: rotation, in: data, servers, holder) ?? local.certifier(holder)
        }
    }

    /// Whom to take web servers for.
    struct WebServers: ParsableArguments {
        @Option(help: "The roots that web servers' certificates end at: a PEM file or a folder; else the machine's.")
        var serverRoots: String?

        func roots(mayBeNone: Bool) throws -> [Certificate] {
            try ServerRoots.read(serverRoots, mayBeNone: mayBeNone)
        }
    }

    /// What lies outside.
    struct Outside: ParsableArguments {
        @Option(help: "Seconds until the new URL must answer, and the daemon have taken the new key up.") var wait = 300

        @Option(help: "Seconds between the new URL's first good answer and the switch, for caches on the way.")
        var settle = 30

        @OptionGroup var servers: WebServers

        @Flag(help: "Switch even while no daemon runs that could say whether it can use the new key.")
        var withoutDaemon = false

        func validate() throws {
            guard (0...86_400).contains(wait), (0...86_400).contains(settle) else {
                throw ValidationError("--wait and --settle go from 0 to 86400")
            }
        }

        var patience: Rotation.Patience { Rotation.Patience(wait: wait, settle: settle) }

        func means(_ settings: KeySettings, data: String) -> Rotation.Outside {
            let allowsPrivate = settings.allowsPrivateNetwork, servers = servers
            return Rotation.Outside(
                fetch: {
                    let fetcher = try Fetcher(
                        roots: servers.roots(mayBeNone: allowsPrivate), group: MultiThreadedEventLoopGroup.singleton
                    ) { $0.isPublic || allowsPrivate }
                    let largest = TrustSettings().largestBody
                    return { await fetcher.fetch($0, largestBody: largest, at: KeysCommand.now) }
                },
                isDaemonRunning: { Keys.isDaemonRunning(data: data) }, mayLackDaemon: withoutDaemon,
                pause: { try await Task.sleep(for: $0) }, now: { KeysCommand.now }, say: { Console.note($0) })
        }
    }

    /// Everything a step needs, for as long as `body` takes, while no other command works on the same keys.
    static func rotating<Value>(
        _ place: Place, _ author: Author, _ secret: Secret, _ outside: Outside, makesKey: Bool, _ command: String,
        _ body: (Rotation) async throws -> Value
    ) async throws -> Value {
        try await reportingFaults {
            // A core file of a process that holds a key holds the key.
            CoreDumps.forbid()
            let store = try place.ownStore()
            let lock = try KeyLock(data: place.data)
            let settings = try store.settings(), act = author.act(command)
            let rotation = try Rotation(
                store, secret.keyring(data: place.data, makesKey: makesKey), who: act.who, why: act.why,
                outside.means(settings, data: place.data))
            let value = try await body(rotation)
            lock.release()
            return value
        }
    }

    static func reportingFaults<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch let exit as ExitCode { throw exit } catch { throw fault("\(error)") }
    }

    static var now: Int { Int(Date().timeIntervalSince1970) }
}

extension StoredCredential {
    /// What giving it up does to the key.
    var endOfKey: String { keyDestroyed == nil && !isInHardware ? ", and destroy its key" : "" }
}

extension CertificateAuthorityCommand.Scope {
    private var isSaid: Bool { !(spc.isEmpty && range.isEmpty && number.isEmpty) }

    /// Whom a new certificate must speak for; nil for the same as its predecessor.
    func wanted() throws -> TNAuthList? { isSaid ? try holder().tnAuthList : nil }

    /// Whom it is for: as said, else as in the predecessor's certificate.
    func holder(following predecessor: StoredCredential?) throws -> Holder {
        if isSaid { return try holder() }
        guard let leaf = try predecessor?.certificates.first, let list = try leaf.tnAuthList else {
            throw RotationFault.scopeUnsaid
        }
        let first = list.serviceProviderCodes.first ?? list.numbers.blocks.first?.first.description
        return Holder(name: name ?? first ?? "", tnAuthList: list, constraints: try leaf.claimConstraints.constraints)
    }
}
