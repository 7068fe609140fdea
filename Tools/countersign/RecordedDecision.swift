import Foundation
import Records

/// A record of a decision, as it was stored.
package struct RecordedDecision: Decodable {
    let at: Int
    let kind: String
    let rawOrig, orig, trunk: String?
    let dest: [String]?
    let call: String?
    let ledger: Int?
    let plan: String?
    let verdict: String?
    let reason: String?
    let sip: Int?
    let attest: String?
    let origid: String?
    let step: String?
    let tokens: [String]?
    /// Pairs of a name and a value; a name may be there twice.
    let inputs: [[String]]?

    init(_ record: StoredRecord) throws {
        self = try JSONDecoder().decode(RecordedDecision.self, from: Data(record.body.utf8))
    }

    var seconds: Int { at / 1_000 }

    var pairs: [(name: String, value: String)] {
        (inputs ?? []).compactMap { $0.count == 2 ? ($0[0], $0[1]) : nil }
    }

    func input(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// As whoever asks writes them: a record has numbers in the form that tells codes from others.
    var callees: [String] {
        (dest ?? []).map { text in
            guard let colon = text.firstIndex(of: ":"), colon != text.startIndex,
                text[..<colon].utf8.allSatisfy({ (0x30...0x39).contains($0) })
            else { return text }
            return String(text[text.index(after: colon)...])
        }
    }
}
