package import Certificates

/// Why keys are left as they are.
package enum KeyFault: Error, Hashable, Sendable {
    case missing(String)
    case exists(String)
    case remains(String)
    /// Written by a later release.
    case newer(String)
    case baseURL(String, CertificateURLFault)
    case noAnchors(String)
    case anchorsUnread(String, String)
    case rotateDays(Int)
    case twoPersonsStay
    case unknown(String)
    case damaged(String, String)
    case forbidden(id: String, from: CredentialState, to: CredentialState)
    /// Somebody else changed it since it was read.
    case changedMeanwhile(String)
    case candidateExists(String)
    case noCandidate
    case noneActive
    case noChain(String)
    case chainExists(String)
    case notApproved(String)
    case approvedByStager(String)
    case inUse(String)
    case stillPublished(String, until: Int)
    case passphraseForgotten(String)
    case keyUsedBefore(String, by: String)
    /// Its owner makes keys there, and we only in files.
    case keyInHardware(String)
    case otherKeyInToken(String, String)
    case tokenUnsaid(String)
    case othersStore(String, owner: String)
}

extension KeyFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing(let path): "no keys at \(path); make the place for them with: countersign keys init"
        case .exists(let path): "\(path) exists and is left as it is; look at it with: countersign keys status"
        case .remains(let path):
            "\(path) is what is left of keys that were there before: put keys.sqlite back beside it, or move it away"
        case .newer(let path): "\(path) was written by a later release; use that release of countersign"
        case .baseURL(let url, let fault):
            "verifiers would refuse certificates below \(url): \(fault.code); name an https URL of a folder with --url"
        case .noAnchors(let folder): "no certificate in \(folder); put the roots that peers trust there, as PEM"
        case .anchorsUnread(let folder, let reason):
            """
            the anchors in \(folder) cannot be read: \(reason); put the roots that peers trust there, or say where they are \
            with: countersign keys set --anchors
            """
        case .rotateDays(let days):
            "\(days) days before its end is no time to rotate at; --rotate-days goes from 0 to \(KeySettings.mostRotateDays)"
        case .twoPersonsStay: "that two persons are needed cannot be taken back: one person alone would do it"
        case .unknown(let id): "there is no credential \(id); see: countersign keys status --all"
        case .damaged(let id, let reason): "what is kept of credential \(id) cannot be read: \(reason)"
        case .forbidden(let id, let from, let to):
            "credential \(id) is \(from.rawValue), and cannot become \(to.rawValue)"
        case .changedMeanwhile(let id): "credential \(id) was changed by somebody else meanwhile; look and try again"
        case .candidateExists(let id):
            """
            credential \(id) is being prepared already; go on with: countersign keys rotate, \
            or give it up with: countersign keys retire \(id)
            """
        case .noCandidate: "no credential is being prepared; begin with: countersign keys stage"
        case .noneActive: "no credential signs: name the one to revoke; see: countersign keys status"
        case .noChain(let id):
            """
            credential \(id) has no chain yet; write a request for its CA with: countersign keys stage --csr FILE, \
            and take the answer with: countersign keys stage --chain FILE
            """
        case .chainExists(let id):
            "credential \(id) has another chain already; give it up with: countersign keys retire \(id)"
        case .notApproved(let id):
            "credential \(id) waits for a second person: countersign keys approve \(id) --who NAME"
        case .approvedByStager(let who): "\(who) staged it, and somebody else has to approve it"
        case .inUse(let folder): "another countersign works on the keys of \(folder); wait for it to end"
        case .passphraseForgotten(let id):
            """
            the key of \(id) is encrypted, and the next one would not be: give the same passphrase, with \
            --passphrase FILE or --ask-passphrase
            """
        case .keyUsedBefore(let key, let id):
            """
            \(key), by its name or by its number, is the key of credential \(id); each certificate has a key of its own: \
            make another one in the token, under another name
            """
        case .keyInHardware(let id):
            """
            the key of \(id) is in hardware, and this would make the next one in a file: make one in the token and bring \
            it in with: countersign keys stage --key pkcs11:…, or go back to files with: countersign keys stage --in-file
            """
        case .otherKeyInToken(let id, let uri):
            "\(uri) is another key than credential \(id) was staged with; put that one back, or stage this one anew"
        case .tokenUnsaid(let uri):
            """
            \(uri) is in hardware: say through whose library it is reached, with --pkcs11-module (and --pin), or to the \
            daemon with signing.pkcs11Module and signing.pin
            """
        case .othersStore(let path, let owner):
            "\(path) is \(owner)'s, who could not read what others write: run the command as \(owner)"
        case .stillPublished(let id, let until):
            "the chain of \(id) stays published until \(UTC.text(until)): verifiers may hold it, or ask for it, till then"
        }
    }
}
