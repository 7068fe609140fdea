/// Who may speak for what along a path (RFC 9060 §4).
struct Scope: Sendable {
    let lists: [TNAuthList]
    let obligations: [DelegationObligation]

    /// `lists` has one element for each certificate of the path, the signer's first.
    init(of lists: [TNAuthList?]) throws(CertificateFault) {
        guard let signer = lists.first, let signer else { throw .noTNAuthList }
        var held = [signer], obligations: [DelegationObligation] = []
        for (place, list) in lists.enumerated().dropFirst() {
            guard let list else { continue }
            // Whoever has no list above one that has cannot have limited what it handed down.
            guard held.count == place else { throw .delegationGap(held.count) }
            if let obligation = try Self.obligation(of: list, for: held[place - 1], at: place - 1) {
                obligations.append(obligation)
            }
            held.append(list)
        }
        self.lists = held
        self.obligations = obligations
    }

    private static func obligation(
        of issuer: TNAuthList, for child: TNAuthList, at place: Int
    ) throws(CertificateFault) -> DelegationObligation? {
        guard Set(child.serviceProviderCodes).isSubset(of: issuer.serviceProviderCodes) else {
            throw .outsideIssuersScope(place)
        }
        let missing = issuer.numbers.missing(from: child.numbers)
        if missing.isEmpty { return nil }
        guard !issuer.serviceProviderCodes.isEmpty else { throw .outsideIssuersScope(place) }
        return DelegationObligation(serviceProviderCodes: issuer.serviceProviderCodes, numbers: missing)
    }
}
