internal import Jansson
internal import LibCrypto

/// The newest trust list that was ever taken, by its number: an older one is refused even when that list itself is believed no
/// more, since its signer is not pinned now or has expired.
package struct TrustListMark: Hashable, Sendable {
    package let sequence: Int
    /// Unix time.
    package let takenAt: Int
    /// SHA-256 of what was signed, in hexadecimal.
    private let digest: String

    package init(of list: TrustList, takenAt: Int) {
        sequence = list.sequence
        self.takenAt = takenAt
        digest = list.digest
    }

    package func isOf(_ list: TrustList) -> Bool { sequence == list.sequence && digest == list.digest }
}

extension TrustListMark {
    /// In bytes, of its text.
    package static let largest = 1_024

    /// Nil if `text` is not what ``text`` makes.
    package init?(_ text: [UInt8]) {
        do throws(JSONError) {
            let json = try JSON(
                parsing: text.span, limits: JSONLimits(bytes: Self.largest, depth: 1, stringBytes: Self.largest))
            sequence = try json.integer("sequence")
            takenAt = try json.integer("takenAt")
            digest = try json.string("digest")
        } catch { return nil }
        guard self.text == text else { return nil }
    }

    package var text: [UInt8] {
        let json = JSON.object()
        json.set("sequence", sequence)
        json.set("takenAt", takenAt)
        json.set("digest", digest)
        return json.canonicalText()
    }
}
