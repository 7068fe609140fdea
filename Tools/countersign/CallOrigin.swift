import Certificates
import Foundation
import Keys
import Ledger
import LibCrypto
import NumberPlan
import Records

/// What an origid stands for, as the ledger and the keys had it when the call was signed.
struct CallOrigin: Encodable {
    struct Party: Encodable {
        let id: String
        /// Nil where the ledger does not say.
        let name: String?

        var text: String { name.map { "\(id), \($0)" } ?? id }
    }

    struct GrantedRange: Encodable {
        let id: Int
        let first, last: String?

        var text: String {
            guard let first, let last else { return "\(id)" }
            return first == last ? "\(id), \(first)" : "\(id), \(first) to \(last)"
        }
    }

    let record, time, origid: String
    let call, attest: String?
    let orig: String?
    let dest: [String]
    let trunk, contract: String?
    let customer: Party?
    let grant: GrantedRange?
    let ledgerVersion: Int?
    /// For which the certificate speaks that signed; nil where the certificate is not here.
    let carriers: [Party]?
    let certificate: String?

    fileprivate init(_ signed: SignedCall, _ ledger: LedgerSnapshot?, codes: [String]?) {
        (record, origid) = (signed.record.description, signed.origid)
        time = UTC.text(signed.atMilliseconds / 1_000)
        (call, attest, orig, dest) = (signed.call, signed.attest, signed.orig, signed.dest)
        (ledgerVersion, certificate) = (signed.ledgerVersion, signed.certificate)
        let known = signed.trunk.flatMap { ledger?.trunk($0) }
        (trunk, contract) = (signed.trunk, known?.contract)
        customer = signed.customer.map { Party(id: $0, name: ledger?.customer($0)?.name) }
        let granted = known.flatMap { ledger?.grant(of: signed, on: $0) }
        grant = signed.grant.map { id in
            let range = granted?.id == id ? granted?.range : nil
            return GrantedRange(id: id, first: range?.first.description, last: range?.last.description)
        }
        carriers = codes?.map { Party(id: $0, name: ledger?.carrier($0)?.name) }
    }

    var lines: [String] {
        let rows: [(name: String, text: String?)] = [
            ("record", record), ("time", time), ("origid", origid), ("call", call), ("trunk", trunk),
            ("customer", customer?.text), ("contract", contract), ("grant", grant?.text),
            ("ledger", ledgerVersion.map { "version \($0)" }), ("attest", attest),
            ("carrier", carriers?.map(\.text).joined(separator: "; ")), ("certificate", certificate), ("from", orig),
            ("to", dest.joined(separator: ", ")),
        ]
        return rows.map { row in
            printable(row.name + String(repeating: " ", count: 13 - row.name.count) + (row.text ?? "-"))
        }
    }
}

extension LedgerSnapshot {
    fileprivate func grant(of call: SignedCall, on trunk: Trunk) -> Grant? {
        guard let number = call.orig.flatMap({ TelephoneNumber(described: $0) }) else { return nil }
        return grant(of: number, on: trunk, at: call.atMilliseconds / 1_000)
    }
}

/// Where what a record only names is looked up. What cannot be is told of, and the record tells the rest.
struct CallOrigins {
    let data: String
    /// A file with the chain that signed, beside those of the data folder.
    let chain: String?

    func origin(of call: SignedCall) -> CallOrigin {
        let ledger = noting("the ledger does not tell of \(call.record)") { try snapshot(for: call) }
        let codes = noting("the certificate of \(call.record) is not known") { try self.codes(of: call.certificate) }
        return CallOrigin(call, ledger, codes: codes)
    }

    private func noting<Value>(_ what: String, _ value: () throws -> Value?) -> Value? {
        do { return try value() } catch {
            Console.note("countersign: warning: \(what): \(error)")
            return nil
        }
    }

    private func snapshot(for call: SignedCall) throws -> LedgerSnapshot? {
        guard let version = call.ledgerVersion, let number = call.orig.flatMap({ TelephoneNumber(described: $0) })
        else { return nil }
        return try LedgerStore.open(at: data).snapshot(asOf: version, trunk: call.trunk, number: number)
    }

    /// The service provider codes in the certificate; nil if it is not here.
    private func codes(of certificate: String?) throws -> [String]? {
        guard let leaf = try leaves().first(where: { $0.fingerprint == certificate }) else { return nil }
        return try leaf.tnAuthList?.serviceProviderCodes ?? []
    }

    private func leaves() throws -> [Certificate] {
        var leaves: [Certificate] = []
        if FileManager.default.fileExists(atPath: "\(data)/\(KeyStore.fileName)") {
            // Those of keys that are gone too: the store forgets none.
            leaves = try KeyStore.open(at: data).credentials().filter { $0.chain != nil }.compactMap {
                try $0.certificates.first
            }
        }
        guard let chain else { return leaves }
        let file = try IssuedFile.read(chain)
        return leaves + (try Certificate.all(inPEM: file.span, atMost: Credential.longestChain).prefix(1))
    }
}
