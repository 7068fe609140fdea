internal import NumberPlan
internal import SwiftASN1

extension TNAuthList {
    package static let oid = "1.3.6.1.5.5.7.1.26"

    /// Reads the extension's value: DER and nothing else, every tag explicit (RFC 8226 Appendix A).
    package init(der: [UInt8]) throws(CertificateFault) {
        let entries: [Entry]
        do {
            entries = try DER.sequence(DER.parse(der), identifier: .sequence) { nodes in
                var entries: [Entry] = []
                while let node = nodes.next() { entries.append(try Self.entry(node)) }
                return entries
            }
        } catch let fault as CertificateFault {
            throw fault
        } catch {
            throw .malformedTNAuthList("not the DER of a TNAuthorizationList")
        }
        try self.init(entries)
    }

    private static func entry(_ node: ASN1Node) throws -> Entry {
        guard node.identifier.tagClass == .contextSpecific else {
            throw CertificateFault.malformedTNAuthList("unknown kind of entry")
        }
        let tag = node.identifier.tagNumber
        return try DER.explicitlyTagged(node, tagNumber: tag, tagClass: .contextSpecific) { inner in
            switch tag {
            case 0: .spc(String(try ASN1IA5String(derEncoded: inner)))
            case 1: try range(inner)
            case 2: .one(try digits(inner))
            default: throw CertificateFault.malformedTNAuthList("unknown kind of entry")
            }
        }
    }

    private static func range(_ node: ASN1Node) throws -> Entry {
        try DER.sequence(node, identifier: .sequence) { nodes in
            guard let start = nodes.next(), let count = nodes.next() else {
                throw CertificateFault.malformedTNAuthList("range")
            }
            let entry = Entry.range(start: try digits(start), count: try self.count(count))
            // The type is extensible: what a later version puts behind the count is not ours to judge.
            while nodes.next() != nil {}
            return entry
        }
    }

    private static func digits(_ node: ASN1Node) throws -> Digits {
        let text = try ASN1IA5String(derEncoded: node).bytes
        guard text.count <= NumberBlock.longest, let digits = Digits(utf8: text.span) else {
            throw CertificateFault.malformedTNAuthList("telephone number")
        }
        return digits
    }

    /// The INTEGER may be of any size; a block of 2^56 numbers or more fits no width that is allowed.
    private static func count(_ node: ASN1Node) throws -> Int {
        let bytes = try ArraySlice<UInt8>(derEncoded: node)
        guard bytes.count <= 7 else { throw CertificateFault.malformedTNAuthList("count too large") }
        return bytes.reduce(0) { $0 << 8 | Int($1) }
    }
}

extension TNAuthList {
    /// The extension's value.
    package var der: [UInt8] {
        var serializer = DER.Serializer()
        serializer.appendConstructedNode(identifier: .sequence) { list in
            for entry in entries { Self.append(entry, to: &list) }
        }
        return serializer.serializedBytes
    }

    private static func append(_ entry: Entry, to list: inout DER.Serializer) {
        switch entry {
        case .spc(let code):
            list.appendConstructedNode(identifier: tag(0)) { append(code, to: &$0) }
        case .range(let start, let count):
            list.appendConstructedNode(identifier: tag(1)) { tagged in
                tagged.appendConstructedNode(identifier: .sequence) { range in
                    append(start.description, to: &range)
                    append(count, to: &range)
                }
            }
        case .one(let number):
            list.appendConstructedNode(identifier: tag(2)) { append(number.description, to: &$0) }
        }
    }

    private static func tag(_ number: UInt) -> ASN1Identifier {
        ASN1Identifier(tagWithNumber: number, tagClass: .contextSpecific)
    }

    private static func append(_ text: String, to list: inout DER.Serializer) {
        list.appendPrimitiveNode(identifier: .ia5String) { $0.append(contentsOf: text.utf8) }
    }

    private static func append(_ count: Int, to list: inout DER.Serializer) {
        var bytes: [UInt8] = [], rest = count
        repeat {
            bytes.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        } while rest > 0
        if bytes[0] >= 0x80 { bytes.insert(0, at: 0) }
        list.appendPrimitiveNode(identifier: .integer) { $0.append(contentsOf: bytes) }
    }
}
