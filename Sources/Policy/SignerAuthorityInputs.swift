internal import NumberPlan

/// As a record keeps it: pairs in this order, so that the decision can be made from them again.
///
/// Codes and ranges are written one a pair, since a code may be any text that a certificate holds.
extension SignerAuthority {
    private static let code = "signerCode", names = "signerNamesNumber", issuersCode = "issuerCode"
    private static let obligation = "delegated", obligationCode = "delegatedByCode", obligationRange = "delegatedRange"

    package var inputs: [(name: String, value: String)] {
        var inputs = serviceProviderCodes.map { (name: Self.code, value: $0) }
        if namesNumber { inputs.append((Self.names, "yes")) }
        inputs += codesOfPath.dropFirst(serviceProviderCodes.count).map { (Self.issuersCode, $0) }
        for obligation in obligations {
            inputs.append((Self.obligation, obligation.isConcerned ? "with the number" : "without the number"))
            inputs += obligation.serviceProviderCodes.map { (Self.obligationCode, $0) }
            inputs += obligation.ranges.map { (Self.obligationRange, "\($0.first) \($0.last)") }
        }
        return inputs
    }

    /// Reads what ``inputs`` writes, among other inputs; nil if some of it cannot be read.
    package init?(inputs: [(name: String, value: String)]) {
        var codes: [String] = [], issuers: [String] = [], namesNumber = false
        var obligations: [(codes: [String], ranges: [NumberRange], isConcerned: Bool)] = []
        for (name, value) in inputs {
            switch name {
            case Self.code: codes.append(value)
            case Self.names: namesNumber = true
            case Self.issuersCode: issuers.append(value)
            case Self.obligation: obligations.append(([], [], value == "with the number"))
            case Self.obligationCode, Self.obligationRange:
                guard !obligations.isEmpty else { return nil }
                if name == Self.obligationCode {
                    obligations[obligations.count - 1].codes.append(value)
                } else {
                    guard let range = NumberRange(ends: value) else { return nil }
                    obligations[obligations.count - 1].ranges.append(range)
                }
            default: continue
            }
        }
        self.init(
            serviceProviderCodes: codes, namesNumber: namesNumber, codesOfPath: codes + issuers,
            obligations: obligations.map {
                Obligation(serviceProviderCodes: $0.codes, ranges: $0.ranges, isConcerned: $0.isConcerned)
            })
    }
}

extension NumberRange {
    init?(ends text: String) {
        let ends = text.split(separator: " ").compactMap { TelephoneNumber(described: String($0)) }
        guard ends.count == 2 else { return nil }
        if ends[0] == ends[1] {
            self.init(only: ends[0])
        } else {
            self.init(first: ends[0], last: ends[1])
        }
    }
}
