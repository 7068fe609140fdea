import ArgumentParser
import Certificates
import LibCrypto
import NumberPlan

/// What the commands that issue ask.
extension CertificateAuthorityCommand {
    /// What a certificate speaks for.
    struct Scope: ParsableArguments {
        @Option(help: ArgumentHelp("A service provider code.", valueName: "code")) var spc: [String] = []

        @Option(help: ArgumentHelp("A block of numbers.", valueName: "first:count|first-last")) var range: [String] = []

        @Option(help: ArgumentHelp("A single number.", valueName: "digits")) var number: [String] = []

        @Option(help: ArgumentHelp("The holder's name; else its code or first number.", valueName: "name"))
        var name: String?

        func holder() throws -> Holder {
            let entries =
                spc.map(TNAuthList.Entry.spc) + (try range.map(Self.range))
                + (try number.map { .one(try Self.digits($0)) })
            guard !entries.isEmpty else { throw CommandFault("nothing to speak for; add --spc, --range or --number") }
            let first = spc.first ?? number.first ?? String(range[0].prefix { $0 != ":" && $0 != "-" })
            return try Self.holder(entries, name ?? first)
        }

        static func holder(_ entries: [TNAuthList.Entry], _ name: String) throws -> Holder {
            do throws(CertificateFault) { return Holder(name: name, tnAuthList: try TNAuthList(entries)) } catch {
                throw CommandFault(
                    "\(error); a code is of A-Z and 0-9, a number of 15 digits at most, and first + count stays below "
                        + "the next power of ten (a last number of nines alone goes into --number)")
            }
        }

        private static func range(_ text: String) throws -> TNAuthList.Entry {
            let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }.map(String.init)
            let isPair = text.contains("-"), hint = "write it as in 12155550000:10000 or 12155550000-12155559999"
            guard parts.count == 2, let second = Int(parts[1]), !isPair || parts[0].count == parts[1].count else {
                throw CommandFault("'\(text)' is no block of numbers; \(hint)")
            }
            guard isPair else { return .range(start: try digits(parts[0]), count: second) }
            guard parts[1].count <= NumberBlock.longest, let first = Int(parts[0]), (0..<second).contains(first) else {
                throw CommandFault("'\(text)' does not go from a lower number to a higher one; \(hint)")
            }
            return .range(start: try digits(parts[0]), count: second - first + 1)
        }

        private static func digits(_ text: String) throws -> Digits {
            guard let digits = Digits(text) else {
                throw CommandFault("'\(text)' is no number; write its digits alone, as in 12155550000")
            }
            return digits
        }
    }

    /// What a delegate's certificate demands of its tokens.
    struct Constraints: ParsableArguments {
        @Option(help: ArgumentHelp("A claim that a delegate's tokens must carry.", valueName: "claim"))
        var mustInclude: [String] = []

        @Option(help: ArgumentHelp("The only values a claim may have.", valueName: "claim=value,value"))
        var permit: [String] = []

        @Option(help: ArgumentHelp("A claim that they must not carry; else the profile's.", valueName: "claim"))
        var mustExclude: [String] = []

        @Option(help: "The file of the certificate that the new one renews, whose very constraints it keeps.")
        var renew: String?

        /// Adds them to whom the certificate is for: the told ones, else those of what is renewed, else the profile's.
        func bind(_ holder: Holder, _ profile: CertificateProfile) throws -> Holder {
            var holder = holder
            holder.constraints = try told(profile)
            guard let renew else { return holder }
            let pem = try IssuedFile.read(renew)
            guard let old = try Certificate.all(inPEM: pem.span, atMost: Credential.longestChain).first else {
                throw CommandFault("\(renew) holds no certificate")
            }
            if !isTold { holder.constraints = try old.claimConstraints.constraints }
            try holder.requireSameConstraints(as: old)
            return holder
        }

        private var isTold: Bool { !mustInclude.isEmpty || !permit.isEmpty || !mustExclude.isEmpty }

        private func told(_ profile: CertificateProfile) throws -> ClaimConstraints? {
            guard !isTold || profile.kind == .delegate else {
                throw CommandFault(
                    "only a delegate's certificate has claim constraints, and no \(profile.kind.rawValue)'s")
            }
            let excluded = isTold ? mustExclude : profile.mustExclude ?? []
            guard isTold || !excluded.isEmpty else { return nil }
            return try ClaimConstraints(
                mustInclude: mustInclude, permittedValues: permit.map(Self.permitted), mustExclude: excluded)
        }

        private static func permitted(_ text: String) throws -> ClaimConstraints.PermittedValues {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw CommandFault("'\(text)' permits nothing; write it as in attest=A,B") }
            return .init(claim: parts[0], values: parts[1].split(separator: ",").map(String.init))
        }
    }

    struct Validity: ParsableArguments {
        @Option(help: "Days of validity; else the profile's.") var days: Int?

        func notAfter(at now: Int) throws -> Int? {
            guard let days else { return nil }
            guard (1...36_500).contains(days) else { throw CommandFault("--days goes from 1 to 36500") }
            return now + days * 86_400
        }
    }

    /// Tells people what was issued; the chain's path alone is data.
    static func report(_ certificate: Certificate, _ warnings: [String], chainFile: String) {
        for warning in warnings { Console.note("warning: \(warning)") }
        Console.note("\(certificate.subjectText), serial \(certificate.serialNumber)")
        print(chainFile)
    }
}
