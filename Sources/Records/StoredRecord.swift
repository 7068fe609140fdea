/// A record as it was stored, with what a table of records shows.
package struct StoredRecord: Hashable, Sendable {
    package let id: RecordID
    package let atMilliseconds: Int
    /// The canonical JSON text that the hash covers.
    package let body: String
    package let kind: String
    package let call: String?
    package let rawOrig: String?
    package let orig: String?
    /// The first of the called numbers.
    package let dest: String?
    package let trunk: String?
    package let egress: String?
    package let peer: String?
    package let verdict: String?
    package let reason: String?
    package let sipCode: Int?
    package let attest: String?
    package let origid: String?

    init(_ id: RecordID, _ fields: RecordFields, _ bytes: [UInt8], _ line: Range<Int>) throws(RecordsError) {
        guard let time = fields.integer(.at, in: bytes), let kind = fields.string(.kind, in: bytes) else {
            throw Self.unreadable(id)
        }
        func text(_ field: RecordField) -> String? { fields.string(field, in: bytes) }
        (self.id, atMilliseconds, self.kind) = (id, time, kind)
        body = String(decoding: bytes[line], as: UTF8.self)
        (call, rawOrig, orig, trunk) = (text(.call), text(.rawOrig), text(.orig), text(.trunk))
        dest = fields.elements(.dest, in: bytes).first.flatMap { RecordFields.string($0, in: bytes) }
        (egress, peer, verdict, reason) = (text(.egress), text(.peer), text(.verdict), text(.reason))
        (sipCode, attest, origid) = (fields.integer(.sip, in: bytes), text(.attest), text(.origid))
    }

    static func unreadable(_ id: RecordID) -> RecordsError {
        .damaged(path: "record \(id)", reason: "it is not as records are written")
    }

    /// One line of JSON: the body with its id in front.
    package var json: String { #"{"id":"\#(id)",\#(body.dropFirst())"# }

    /// The same with what the chain comes to with it (``RecordReader/hash(of:)``).
    package func json(hash: String) -> String { #"{"id":"\#(id)","hash":"\#(hash)",\#(body.dropFirst())"# }
}
