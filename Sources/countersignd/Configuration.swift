internal import Certificates
internal import Foundation
internal import LibCrypto
internal import NIOCore
internal import NumberPlan
internal import Terminating
internal import TrunkProtocol

/// All that an operator sets, from one YAML file. Relative paths start from the file's own folder.
struct Configuration: Sendable {
    /// The folder with the ledger and the records. Who can write it decides what is signed and believed.
    let data: String
    /// How numbers are read, and what each is given out for.
    let plan: PlanSource
    /// Calls of one hour that show numbers of one unallocated prefix, for which an operator is told of it.
    let unallocatedAlert: Int
    /// Event loops, each on a thread of its own.
    let threads: Int
    let listeners: [Listener]
    /// Nil for a node that only verifies.
    let signing: Signing?
    /// Nil for a node that only signs.
    let verification: Verification?
    /// Nil for a node that publishes nothing.
    let publishing: Publishing?
    let roaming: RoamingLookups
    /// Nil where no carrier is linked.
    let link: Link?
    let limits: SwitchLimits
    /// Where one line a request goes: a file, or `stdout`; nil for nowhere.
    let requestLog: String?
    /// Days after which records are deleted.
    let recordsKeptDays: Int

    enum PlanSource: Sendable {
        case builtIn(DialPlan)
        case file(folder: String, name: String)
    }

    struct Listener: Sendable {
        let name: String
        let host: String
        let port: Int
        /// Address blocks that may connect. The source address is all that identifies a switch here.
        let allowed: AddressBlocks
        /// The trunk of requests that name none.
        let trunk: String?
        /// The same for requests from these addresses.
        let trunks: AddressTrunks
    }

    struct Signing: Sendable {
        /// How keys in tokens are reached.
        struct Hardware: Sendable {
            /// The shared library that came with the token.
            let module: String
            /// The file with the PIN.
            let pin: String
            /// Signatures that the token makes at once.
            let sessions: Int
        }

        let credential: CredentialSource
        /// The file with the passphrase of an encrypted key.
        let keyPassphrase: String?
        let callsPerSecondPerTrunk: Int
        /// How far a request's `date` or `iat` may be from our clock, in seconds.
        let freshnessWindow: Int

        var mayWaitForHardware: Bool {
            switch credential {
            case .token: true
            case .store(_, let hardware): hardware != nil
            case .files: false
            }
        }
    }

    enum CredentialSource: Sendable {
        /// The key's file; PEM, the signing certificate first; and where peers fetch that chain.
        case files(key: String, chain: String, url: CertificateURL)
        /// A key that stays in its token; its chain, and where peers fetch that.
        case token(TokenURI, Signing.Hardware, chain: String, url: CertificateURL)
        /// The keys of the data folder, which `countersign keys` rotates. Nil if none of them may be in hardware.
        case store(CertificateURLRules, Signing.Hardware?)
    }

    struct Verification: Sendable {
        let anchors: Anchors
        /// A folder of PEM or DER CRLs.
        let revocationLists: String?
        /// Where more CRLs are, of anchors and of pinned signers.
        let revocationListURLs: [CertificateURL]
        /// Seconds from one time that lists are asked for to the next.
        let revocationInterval: Int
        /// A folder of PEM files: certificates whose CRLs count for certificates of other issuers.
        let revocationListSigners: String?
        /// A folder that holds, for `https://host/path`, the answer in `https/host/path`; nil for the network.
        let certificates: String?
        let fetching: Fetching
        let urlRules: CertificateURLRules
        let trust: TrustSettings
        let settings: VerificationSettings
    }

    /// The only roots there are: from a folder or from a signed list, and never from both, since what a folder adds to a list
    /// its signer could not take away.
    enum Anchors: Sendable {
        /// A folder of PEM files.
        case folder(String)
        /// `signers` is a folder of PEM files: whose lists are believed.
        case trustList(TrustListPlace, signers: String)
    }

    enum TrustListPlace: Sendable {
        case file(folder: String, name: String)
        case url(CertificateURL)
    }

    /// The listener that serves chains and CRLs.
    struct Publishing: Sendable {
        let host: String
        let port: Int
        let folder: String
        /// Whether the folder is the data folder's own, which is made if it is not there.
        let makesFolder: Bool
        /// With a slash at both ends.
        let prefix: String
        /// Files of the certificate, with its chain, and of its key; nil for HTTP without TLS.
        let identity: (chain: String, key: String)?
    }

    /// How chains are fetched over the network.
    struct Fetching: Sendable {
        /// PEM, a file or a folder: what the servers' own certificates must end at; nil for those of the machine.
        let roots: String?
        /// Addresses that may be asked although they are not public ones.
        let allowed: AddressBlocks?
        /// Addresses that may never be asked.
        let denied: AddressBlocks?
        let perSecond: Int
        /// Of one host, and of one address.
        let perSecondPerHost: Int
        /// Whether HTTP may say that a chain is good for less than a day.
        let strictHTTP: Bool
    }
}

extension Configuration {
    init(file: String) throws {
        let text: String
        do {
            text = try String(contentsOfFile: file, encoding: .utf8)
        } catch {
            throw ConfigurationError(file: file, line: nil, reason: "cannot be read: \(error.localizedDescription)")
        }
        try self.init(file: file, text: text)
    }

    init(file: String, text: String) throws(ConfigurationError) {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        func path(_ relative: String) -> String {
            URL(fileURLWithPath: relative, relativeTo: folder).standardizedFileURL.path
        }

        var root = try ConfigurationReader(file: file, text: text)
        data = path(try root.string("data"))
        plan = try Self.plan(&root, path)
        unallocatedAlert = try root.integer("unallocatedAlert", in: 1...1_000_000_000, default: 100)
        threads = try root.integer("threads", in: 1...256, default: 1)
        requestLog = try root.optionalString("requestLog").map { $0 == "stdout" ? $0 : path($0) }
        var records = try root.section("records")
        recordsKeptDays = try records.integer("keepDays", in: 1...36_500, default: 183)
        try records.finish()
        let limits = try root.section("limits")
        self.limits = try Self.limits(limits)
        var listeners: [Listener] = []
        for section in try root.sections("listeners") { listeners.append(try Self.listener(section)) }
        guard !listeners.isEmpty else { throw root.error("listeners", "at least one is needed") }
        guard Set(listeners.map(\.name)).count == listeners.count else {
            throw root.error("listeners", "two have the same name")
        }
        self.listeners = listeners
        let urlRules: CertificateURLRules =
            try root.boolean("privateNetworkURLs", default: false) ? .laboratory : .shaken
        let signing = try root.section("signing")
        self.signing = signing.has ? try Self.signing(signing, urlRules, path) : nil
        if self.signing?.mayWaitForHardware == true, self.limits.answerDeadline < Self.shortestWithHardware {
            throw limits.error(
                "answerMilliseconds",
                """
                leaves a key in hardware too little time: the last \(Self.recordingTime.nanoseconds / 1_000_000) ms are for \
                the evidence; set it to \(Self.shortestWithHardware.nanoseconds / 1_000_000) or more
                """)
        }
        let verification = try root.section("verification")
        self.verification = verification.has ? try Self.verification(verification, urlRules, path) : nil
        let publishing = try root.section("publishing")
        self.publishing = publishing.has ? try Self.publishing(publishing, data, path) : nil
        roaming = try Self.roaming(try root.section("roaming"), self.limits, path)
        let link = try root.section("link")
        self.link = link.has ? try Self.link(link, path) : nil
        guard self.link == nil || self.signing != nil && self.verification != nil else {
            throw root.error(
                "link", "needs signing and verification: what carriers tell each other is signed and verified")
        }
        guard self.signing != nil || self.verification != nil else {
            throw root.error("signing", "without signing and verification there is nothing to do")
        }
        try root.finish()
    }

    /// What is left of a call's time to have its record on the disk, once nothing else is waited for.
    static let recordingTime = TimeAmount.milliseconds(50)
    /// A token has as much time to sign then.
    private static let shortestWithHardware = TimeAmount.milliseconds(100)

    private static func plan(
        _ reader: inout ConfigurationReader, _ path: (String) -> String
    ) throws(ConfigurationError) -> PlanSource {
        let name = try reader.optionalString("plan") ?? "china"
        if let plan = DialPlan.builtIn(name) { return .builtIn(plan) }
        guard name.hasSuffix(".json") else {
            throw reader.error("plan", "must be china, nanp, none, or a plan's file, whose name ends in .json")
        }
        let file = URL(filePath: path(name))
        return .file(folder: file.deletingLastPathComponent().path, name: file.lastPathComponent)
    }

    private static func listener(_ reader: ConfigurationReader) throws(ConfigurationError) -> Listener {
        var reader = reader
        let (host, port) = try reader.address("address")
        let blocks = try reader.strings("allow", default: ["127.0.0.0/8", "::1/128"])
        guard let allowed = AddressBlocks(blocks) else {
            throw reader.error("allow", "must be address blocks, such as 10.1.0.0/16 or ::1/128")
        }
        guard let trunks = AddressTrunks(try reader.texts("trunks")) else {
            throw reader.error("trunks", "must name a trunk for each address block, such as 10.1.0.0/16: pbx-1")
        }
        let listener = Listener(
            name: try reader.string("name"), host: host, port: port, allowed: allowed,
            trunk: try reader.optionalString("trunk"), trunks: trunks)
        try reader.finish()
        return listener
    }

    private static func limits(_ reader: ConfigurationReader) throws(ConfigurationError) -> SwitchLimits {
        var reader = reader
        var limits = SwitchLimits()
        // Every known client gives up after 500 ms, and a late answer can do harm.
        let deadline = try reader.integer("answerMilliseconds", in: 10...490, default: 400)
        limits.answerDeadline = .milliseconds(Int64(deadline))
        limits.inFlightPerConnection = try reader.integer(
            "inFlightPerConnection", in: 1...65_536, default: limits.inFlightPerConnection)
        limits.inFlightPerLoop = try reader.integer(
            "inFlightPerThread", in: 1...1_000_000, default: limits.inFlightPerLoop)
        limits.connectionsPerLoop = try reader.integer(
            "connectionsPerThread", in: 1...1_000_000, default: limits.connectionsPerLoop)
        limits.flushesEachAnswer = try reader.boolean("flushEachAnswer", default: false)
        try reader.finish()
        return limits
    }

    private static func signing(
        _ reader: ConfigurationReader, _ urlRules: CertificateURLRules, _ path: (String) -> String
    ) throws(ConfigurationError) -> Signing {
        var reader = reader
        let signing = Signing(
            credential: try credential(&reader, urlRules, path),
            keyPassphrase: try reader.optionalString("keyPassphrase").map(path),
            callsPerSecondPerTrunk: try reader.integer("callsPerSecondPerTrunk", in: 1...10_000_000, default: 1_000),
            freshnessWindow: try reader.integer("freshnessSeconds", in: 1...600, default: 60))
        try reader.finish()
        return signing
    }

    private static func credential(
        _ reader: inout ConfigurationReader, _ urlRules: CertificateURLRules, _ path: (String) -> String
    ) throws(ConfigurationError) -> CredentialSource {
        let key = try reader.optionalString("key"), chain = try reader.optionalString("chain")
        let text = try reader.optionalString("url")
        guard key != nil || chain != nil || text != nil else {
            return .store(urlRules, try reader.optionalString("pkcs11Module") == nil ? nil : hardware(&reader, path))
        }
        guard let key, let chain, let text else {
            throw reader.error(
                "key", "key, chain and url go together; without the three the keys of the data folder sign")
        }
        let url: CertificateURL
        do throws(CertificateURLFault) { url = try CertificateURL(text, rules: urlRules) } catch {
            throw reader.error("url", "verifiers would refuse it: \(error.code)")
        }
        guard TokenURI.isNamed(key) else { return .files(key: path(key), chain: path(chain), url: url) }
        let uri: TokenURI
        do throws(TokenFault) { uri = try TokenURI(key) } catch { throw reader.error("key", "\(error)") }
        return .token(uri, try hardware(&reader, path), chain: path(chain), url: url)
    }

    private static func hardware(
        _ reader: inout ConfigurationReader, _ path: (String) -> String
    ) throws(ConfigurationError) -> Signing.Hardware {
        Signing.Hardware(
            module: path(try reader.string("pkcs11Module")), pin: path(try reader.string("pin")),
            sessions: try reader.integer("pkcs11Sessions", in: 1...16, default: 4))
    }

    private enum RevocationPolicy: String, CaseIterable { case soft, hard }

    private static func verification(
        _ reader: ConfigurationReader, _ urlRules: CertificateURLRules, _ path: (String) -> String
    ) throws(ConfigurationError) -> Verification {
        var reader = reader
        var settings = VerificationSettings()
        settings.mode = try reader.choice("mode", default: settings.mode)
        settings.verstatProfile = try reader.choice("verstat", default: settings.verstatProfile)
        settings.pastWindow = try reader.integer("pastSeconds", in: 1...600, default: settings.pastWindow)
        settings.futureWindow = try reader.integer("futureSeconds", in: 0...600, default: settings.futureWindow)
        settings.replayCapacity = try reader.integer(
            "replayCapacity", in: 1...100_000_000, default: settings.replayCapacity)
        settings.whenReplayStoreIsFull = try reader.choice(
            "whenReplayStoreIsFull", default: settings.whenReplayStoreIsFull)
        settings.toleratesTextualTime = try reader.boolean("tolerateTextualIat", default: false)
        settings.requiresCanonicalTokens = try reader.boolean("canonicalTokensOnly", default: false)
        var trust = TrustSettings()
        let policy: RevocationPolicy = try reader.choice("revocation", default: .soft)
        let grace = try reader.integer("revocationGraceDays", in: 0...366, default: 7)
        trust.revocation = policy == .hard ? .hard : .soft(grace: grace * 86_400)
        let verification = Verification(
            anchors: try anchors(&reader, urlRules, path),
            revocationLists: try reader.optionalString("revocationLists").map(path),
            revocationListURLs: try urls("revocationListURLs", &reader, urlRules),
            revocationInterval: try reader.integer("revocationSeconds", in: 1...86_400, default: 60),
            revocationListSigners: try reader.optionalString("revocationListSigners").map(path),
            certificates: try reader.optionalString("certificates").map(path),
            fetching: try fetching(try reader.section("fetching"), path), urlRules: urlRules, trust: trust,
            settings: settings)
        try reader.finish()
        return verification
    }

    private static func fetching(
        _ reader: ConfigurationReader, _ path: (String) -> String
    ) throws(ConfigurationError) -> Fetching {
        var reader = reader
        let fetching = Fetching(
            roots: try reader.optionalString("roots").map(path), allowed: try blocks("allow", &reader),
            denied: try blocks("deny", &reader),
            perSecond: try reader.integer("perSecond", in: 1...10_000, default: 50),
            perSecondPerHost: try reader.integer("perSecondPerHost", in: 1...10_000, default: 5),
            strictHTTP: try reader.boolean("strictHTTP", default: false))
        try reader.finish()
        return fetching
    }

    private static func blocks(
        _ key: String, _ reader: inout ConfigurationReader
    ) throws(ConfigurationError) -> AddressBlocks? {
        let texts = try reader.strings(key, default: [])
        guard !texts.isEmpty else { return nil }
        guard let blocks = AddressBlocks(texts) else {
            throw reader.error(key, "must be address blocks, such as 10.1.0.0/16 or ::1/128")
        }
        return blocks
    }
}
