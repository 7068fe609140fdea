internal import Foundation
internal import LibCrypto

/// Makes a record's text and its hash in one buffer: previous hash ‖ id ‖ time ‖ text, numbers as eight bytes, big-endian.
///
/// The id is in the hash so that a record cannot be moved to another day or place, the time because it is a column.
struct ChainedText {
    private static let head = 32 + 8 + 8
    private var body = RecordBody()

    init() { body.bytes.reserveCapacity(4_096) }

    mutating func chain(_ record: Record, id: Int, after previous: Data) -> (body: String, hash: Data) {
        start(id: id, atMilliseconds: record.atMilliseconds, after: previous)
        body.append(record)
        return (String(decoding: body.bytes[Self.head...], as: UTF8.self), hash())
    }

    /// The hash that a stored record should have.
    mutating func hash(of text: Data, id: Int, atMilliseconds time: Int, after previous: Data) -> Data {
        start(id: id, atMilliseconds: time, after: previous)
        body.bytes.append(contentsOf: text)
        return hash()
    }

    private mutating func start(id: Int, atMilliseconds time: Int, after previous: Data) {
        body.bytes.removeAll(keepingCapacity: true)
        body.bytes.append(contentsOf: previous)
        append(UInt64(bitPattern: Int64(id)))
        append(UInt64(bitPattern: Int64(time)))
    }

    private mutating func append(_ number: UInt64) {
        for shift in stride(from: 56, through: 0, by: -8) {
            body.bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    private func hash() -> Data {
        Data(SHA256.digest(body.bytes.span) as [UInt8])
    }
}
