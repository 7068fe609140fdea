internal import Jansson
package import Ledger
internal import LibCrypto
internal import NumberPlan
package import Statements

/// One statement of a carrier about its lists: what is new, or a part of all there is.
///
/// Statements are counted, so that one that is missing is noticed; what came before it counts on until ``until``.
package struct Share: Hashable, Sendable {
    /// Of all there is, in parts that follow each other.
    package struct Part: Hashable, Sendable {
        /// From 1 on.
        let part, parts: Int
    }

    /// From 1 on, without gaps.
    package let number: Int
    /// Until when all that was said counts, if nothing more is said. Unix time.
    package let until: Int
    /// Nil for what is new.
    package let part: Part?
    package let added: [SharedEntry]
    /// Ids of entries.
    package let withdrawn: [String]

    /// Entries and ids together: so many fit into a statement, however long they are.
    package static let mostInStatement = 100
    static let mostParts = mostEntries / mostInStatement
    /// Of one carrier.
    package static let mostEntries = 100_000
    /// How long what was said counts, in seconds; and the longest that is believed of a peer.
    package static let lease = 86_400, longestLease = 2 * lease
}

extension SharedEntry {
    /// The first half of the SHA-256 of `bad_number +8657188880000 +8657188880099 1795435200`, in hexadecimal: the same numbers
    /// on the same list are one entry, whose end may change.
    package var id: String {
        let text = "\(list.rawValue) \(range.first) \(range.last) \(from)"
        let digest: [UInt8] = SHA256.digest(Array(text.utf8).span)
        return String(hexadecimal: digest.prefix(16))
    }
}

extension Share {
    /// `"number":7,"until":1795521600,"added":[{"list":…}],"withdrawn":["…"]` behind `iss` and `iat`; of a whole also
    /// `"part":1,"parts":3`.
    package func statement(by carrier: String, at now: Int) -> Statement {
        Statement(.share, by: carrier, at: now) { text in
            text.raw(#","number":"#)
            text.number(number)
            text.raw(#","until":"#)
            text.number(until)
            if let part {
                text.raw(#","part":"#)
                text.number(part.part)
                text.raw(#","parts":"#)
                text.number(part.parts)
            }
            text.list(#","added":["#, added) { $0.append($1) }
            text.list(#","withdrawn":["#, withdrawn) { $0.string($1) }
        }
    }
}

extension JSONText {
    fileprivate mutating func list<Element>(
        _ name: StaticString, _ elements: [Element], _ write: (inout JSONText, Element) -> Void
    ) {
        guard !elements.isEmpty else { return }
        raw(name)
        for (place, element) in elements.enumerated() {
            if place > 0 { raw(",") }
            write(&self, element)
        }
        raw("]")
    }

    fileprivate mutating func append(_ entry: SharedEntry) {
        raw(#"{"list":"#)
        string(entry.list.rawValue)
        raw(#","first":"#)
        string(entry.range.first.description)
        if entry.range.first != entry.range.last {
            raw(#","last":"#)
            string(entry.range.last.description)
        }
        raw(#","from":"#)
        number(entry.from)
        if let end = entry.to {
            raw(#","to":"#)
            number(end)
        }
        raw("}")
    }
}
