internal import Foundation
package import LibCrypto

/// A private CA in a folder, for demonstrations and tests: a root, an intermediate that issues, and a log of both.
///
/// Whoever can read the folder's keys can issue for any number. A service's own keys have no place in it.
package struct Authority: Sendable {
    package let folder: String
    package let root: Issuer
    package let intermediate: Issuer

    private let log: IssuingLog

    package enum File {
        package static let rootKey = "root.key", root = "root.pem"
        package static let intermediateKey = "intermediate.key", intermediate = "intermediate.pem"
        package static let log = "issued.jsonl"
    }

    /// Makes the folder, both keys and both certificates. What is there already is left alone, and an error.
    package static func create(
        at folder: String, root: CertificateProfile, intermediate: CertificateProfile, at now: Int
    ) throws -> Authority {
        try requireNoRemains(in: folder)
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let rootKey = try SigningKey.generate(), key = try SigningKey.generate()
        let anchor = try root.selfSigned(by: rootKey, at: now)
        let issuance = try intermediate.issue(
            to: Holder(name: intermediate.organization), key: key.verifyingKey,
            by: Issuer(key: rootKey, path: [anchor]), at: now)
        try IssuingLog(path: folder + "/" + File.log).update { entries in
            guard entries.isEmpty else { throw FileFault.exists(folder + "/" + File.log) }
            try IssuedFile.create(folder + "/" + File.rootKey, rootKey)
            try IssuedFile.create(folder + "/" + File.intermediateKey, key)
            return ((), [.init(anchor, at: now), .init(issuance.certificate, at: now)])
        }
        try IssuedFile.create(folder + "/" + File.intermediate, issuance.certificate.pem)
        // Last: by it a whole authority is known.
        try IssuedFile.create(folder + "/" + File.root, anchor.pem)
        return try Authority(at: folder)
    }

    package init(at folder: String) throws {
        func issuer(_ key: String, _ names: [String]) throws -> Issuer {
            let pem = try names.flatMap { try IssuedFile.read(folder + "/" + $0) }
            return try Issuer(
                key: IssuedFile.readKey(folder + "/" + key),
                path: Certificate.all(inPEM: pem.span, atMost: names.count))
        }
        try Self.requireNoRemains(in: folder)
        guard FileManager.default.fileExists(atPath: folder + "/" + File.root) else {
            throw AuthorityFault.noAuthority(folder)
        }
        self.folder = folder
        root = try issuer(File.rootKey, [File.root])
        intermediate = try issuer(File.intermediateKey, [File.intermediate, File.root])
        log = IssuingLog(path: folder + "/" + File.log)
    }

    private static func requireNoRemains(in folder: String) throws(AuthorityFault) {
        let isThere = { FileManager.default.fileExists(atPath: folder + "/" + $0) }
        if !isThere(File.root), isThere(File.log) { throw .remains(folder) }
    }
}

extension Authority {
    /// A new key with its chain, and where they are.
    package struct Delivery: Sendable {
        package let keyFile, chainFile: String
        package let certificate: Certificate
        package let warnings: [String]
    }

    /// Issues to a new key, and writes `key.pem` (0600) and `chain.pem` (leaf first, without the root) into `output`.
    ///
    /// By the intermediate, unless the issuer is a delegate CA that was made here before.
    package func issue(
        to holder: Holder, _ profile: CertificateProfile, by issuer: Issuer? = nil, until notAfter: Int? = nil,
        into output: String, at now: Int
    ) throws -> Delivery {
        let keyFile = output + "/key.pem", chainFile = output + "/chain.pem"
        try Self.requireAbsent(keyFile, chainFile)
        let issuer = issuer ?? intermediate, key = try SigningKey.generate()
        let issuance = try log.update { entries in
            try entries.check(issuer)
            let issuance = try profile.issue(
                to: holder, key: key.verifyingKey, by: issuer, until: notAfter, at: now)
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
            return (issuance, [.init(issuance.certificate, at: now)])
        }
        try IssuedFile.create(keyFile, key)
        try IssuedFile.create(chainFile, issuer.chain(below: issuance.certificate))
        return Delivery(
            keyFile: keyFile, chainFile: chainFile, certificate: issuance.certificate, warnings: issuance.warnings)
    }

    /// Issues to the key of a request, which stays where it is, and writes the chain into a file.
    ///
    /// `holder` is the most that is granted: the request may ask for less (``Holder/granting(_:)``).
    package func grant(
        _ request: CertificationRequest, to holder: Holder, _ profile: CertificateProfile, by issuer: Issuer? = nil,
        until notAfter: Int? = nil, into chainFile: String, at now: Int
    ) throws -> Issuance {
        try Self.requireAbsent(chainFile)
        let (issuance, chain) = try certify(
            request.key, of: holder.granting(request), profile, by: issuer, until: notAfter, at: now)
        try IssuedFile.create(chainFile, chain)
        return issuance
    }

    /// Asked before anything is signed that could then not be delivered.
    private static func requireAbsent(_ paths: String...) throws(FileFault) {
        for path in paths where FileManager.default.fileExists(atPath: path) { throw .exists(path) }
    }

    /// Issues to a key that stays where it is. The chain is PEM, the leaf first, without the root.
    package func certify(
        _ key: VerifyingKey, of holder: Holder, _ profile: CertificateProfile, by issuer: Issuer? = nil,
        until notAfter: Int? = nil, at now: Int
    ) throws -> (issuance: Issuance, chain: String) {
        let issuer = issuer ?? intermediate
        let issuance = try log.update { entries in
            try entries.check(issuer)
            try entries.check(key, isForAuthority: profile.isAuthority)
            let issuance = try profile.issue(to: holder, key: key, by: issuer, until: notAfter, at: now)
            return (issuance, [.init(issuance.certificate, at: now)])
        }
        return (issuance, issuer.chain(below: issuance.certificate))
    }

    /// A delegate CA from the folder that ``issue(to:_:by:until:into:at:)`` wrote.
    package func delegateAuthority(in folder: String) throws -> Issuer {
        let pem = try IssuedFile.read(folder + "/chain.pem")
        return try Issuer(
            key: IssuedFile.readKey(folder + "/key.pem"),
            path: Certificate.all(inPEM: pem.span, atMost: Credential.longestChain) + [root.certificate])
    }

    /// Throws unless the serial number, in hexadecimal, was issued here and is not revoked yet. False if the intermediate's own
    /// list will not name it, since it is another's that issued it.
    @discardableResult
    package func revoke(_ serial: String, _ reason: RevocationReason, at now: Int) throws -> Bool {
        let serial = serial.uppercased().filter { $0 != ":" }
        return try log.update { entries in
            guard let certificate = try entries.issued().first(where: { $0.serialNumber == serial }) else {
                throw AuthorityFault.neverIssued(serial)
            }
            guard entries.revoked()[serial] == nil else { throw AuthorityFault.revokedBefore(serial) }
            let isOwn = certificate.issuer == intermediate.certificate.subject
            return (isOwn, [.revoked(at: now, serial: serial, reason: reason)])
        }
    }

    /// A CRL: the intermediate's own, or the root's indirect one over all issuers of this folder.
    ///
    /// - Returns: the list in PEM, and the serial numbers of what is revoked and not in it.
    package func revocationList(
        indirect: Bool, url: String?, validFor seconds: Int, at now: Int
    ) throws -> (pem: String, unnamed: [String]) {
        try log.update { entries in
            let number = entries.lastNumber + 1, signer = indirect ? root : intermediate
            let revoked = entries.revoked()
            let gone = try entries.issued().filter { revoked[$0.serialNumber] != nil }
            let named = gone.filter { indirect || $0.issuer == signer.certificate.subject }
            var list = UnsignedRevocationList(
                issuer: signer.certificate.subject,
                authorityKeyIdentifier: signer.certificate.subjectKeyIdentifier ?? [], number: number,
                thisUpdate: now - UnsignedRevocationList.backdating, nextUpdate: now + seconds,
                entries: named.compactMap { certificate in
                    guard let (time, reason) = revoked[certificate.serialNumber] else { return nil }
                    return .init(
                        serial: certificate.serialBytes, revokedAt: time, reason: reason,
                        certificateIssuer: indirect ? certificate.issuer : nil)
                })
            list.isIndirect = indirect
            list.url = indirect ? url : nil
            let pem = UnsignedRevocationList.pem(try signer.signed(list))
            let unnamed = gone.filter { !named.contains($0) }.map(\.serialNumber)
            return ((pem, unnamed), [.published(at: now, number: number, indirect: indirect)])
        }
    }
}

package enum AuthorityFault: Error, Hashable, Sendable, CustomStringConvertible {
    case noAuthority(String)
    case remains(String)
    /// With the serial number of a certificate on the issuer's path.
    case revokedIssuer(String)
    case neverIssued(String)
    case revokedBefore(String)
    /// With the serial number of the certificate that the key had.
    case compromisedKey(String)
    case keyOfOtherUse(String)

    package var description: String {
        switch self {
        case .noAuthority(let folder):
            "there is no authority in \(folder); make one with: countersign ca init --ca \(folder)"
        case .remains(let folder):
            """
            \(folder) has a log and no \(Authority.File.root): put that back, or, if it never was there since the making of \
            the authority was cut off, remove \(folder) and begin again with: countersign ca init --ca \(folder)
            """
        case .revokedIssuer(let serial):
            "\(serial), on the path of the issuer, is revoked, and with it all that is below; have another CA issue"
        case .neverIssued(let serial):
            "no certificate with the serial number \(serial) was issued here; see \(Authority.File.log)"
        case .revokedBefore(let serial):
            "\(serial) is revoked already; publish it with: countersign ca crl (--indirect, unless the intermediate issued it)"
        case .compromisedKey(let serial):
            "the key is that of \(serial), revoked as compromised; make another and ask again"
        case .keyOfOtherUse(let serial):
            "the key is that of \(serial): one key does not serve a CA and sign calls; make another and ask again"
        }
    }
}

extension [IssuingLog.Entry] {
    fileprivate func issued() throws -> [Certificate] {
        try compactMap { entry in
            guard case .issued(_, _, _, _, _, let pem) = entry else { return nil }
            return try Certificate.all(inPEM: pem.utf8.span, atMost: 1).first
        }
    }

    fileprivate func revoked() -> [String: (Int, RevocationReason)] {
        reduce(into: [:]) { revoked, entry in
            if case .revoked(let time, let serial, let reason) = entry { revoked[serial] = (time, reason) }
        }
    }

    /// Whatever is issued below a revoked certificate is a chain that nobody accepts.
    fileprivate func check(_ issuer: Issuer) throws {
        let revoked = revoked()
        guard let gone = issuer.path.first(where: { revoked[$0.serialNumber] != nil }) else { return }
        throw AuthorityFault.revokedIssuer(gone.serialNumber)
    }

    /// A stranger's key is any key, but one that we have certified before may be unfit: known to be in other hands, or a
    /// CA's, which is to sign no calls, or the other way round.
    fileprivate func check(_ key: VerifyingKey, isForAuthority: Bool) throws {
        let point = key.point, revoked = revoked()
        for certificate in try issued() where (try? certificate.verifyingKey.point) == point {
            let serial = certificate.serialNumber
            guard revoked[serial]?.1 != .keyCompromise else { throw AuthorityFault.compromisedKey(serial) }
            guard certificate.isAuthority == isForAuthority else { throw AuthorityFault.keyOfOtherUse(serial) }
        }
    }

    fileprivate var lastNumber: Int {
        reduce(0) { last, entry in
            if case .published(_, let number, _) = entry { Swift.max(last, number) } else { last }
        }
    }
}
