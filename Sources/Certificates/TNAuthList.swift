package import NumberPlan

/// The numbers and carriers a certificate speaks for (RFC 8226 §9). Entries add up; their order means nothing.
package struct TNAuthList: Sendable {
    package enum Entry: Hashable, Sendable {
        case spc(String)
        /// The first number of a block, and how many numbers it has.
        case range(start: Digits, count: Int)
        case one(Digits)
    }

    /// As written in the certificate.
    package let entries: [Entry]
    /// Each once, in the order of the certificate.
    package let serviceProviderCodes: [String]
    /// All ranges and single numbers, joined.
    package let numbers: NumberBlocks

    /// Throws unless there is an entry and each one is what RFC 8226 §9 allows.
    package init(_ entries: [Entry]) throws(CertificateFault) {
        guard !entries.isEmpty else { throw .malformedTNAuthList("no entry") }
        var codes: [String] = [], blocks: [NumberBlock] = []
        for entry in entries {
            switch entry {
            case .spc(let code):
                guard Self.isServiceProviderCode(code) else { throw .malformedTNAuthList("service provider code") }
                if !codes.contains(code) { codes.append(code) }
            case .range(let start, let count):
                guard let block = NumberBlock(start: start, count: count) else {
                    throw .malformedTNAuthList("range")
                }
                blocks.append(block)
            case .one(let number):
                guard let block = NumberBlock(only: number) else { throw .malformedTNAuthList("number too long") }
                blocks.append(block)
            }
        }
        self.entries = entries
        self.serviceProviderCodes = codes
        self.numbers = NumberBlocks(blocks)
    }

    /// Whether a range or a single entry names it. What the codes stand for, the ledger knows.
    package func covers(_ number: Digits) -> Bool { numbers.covers(number) }

    /// ATIS-1000080's alphabet; RFC 8226 alone would allow any IA5String.
    private static func isServiceProviderCode(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                default: false
                }
            }
    }
}

/// Equal when they speak for the same: RFC 9060 §4.1 gives order and repetition no meaning.
extension TNAuthList: Hashable {
    package static func == (one: TNAuthList, other: TNAuthList) -> Bool {
        one.numbers == other.numbers && Set(one.serviceProviderCodes) == Set(other.serviceProviderCodes)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(numbers)
        hasher.combine(Set(serviceProviderCodes))
    }
}
