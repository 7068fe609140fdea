package import LibCrypto

/// A small PKI in memory: root → provider → leaves and delegates, at a fixed time.
///
/// It issues whatever it is asked for; what is left unsaid is as SHAKEN wants it. A failure is the test's own fault,
/// hence the traps.
package struct MiniPKI: Sendable {
    /// The tests' time, unless they say another: 2026-11-22 06:33:20 UTC.
    package static let now = 1_795_329_200
    package static let day = 86_400

    package let now: Int
    package let root: Party
    package let provider: Party

    package init(now: Int = MiniPKI.now) {
        self.now = now
        root = .selfSigned("SHAKEN TEST ROOT", now: now)
        provider = Self.issue(.init(authority: "SHAKEN TEST Provider CA", by: root, now: now), by: root)
    }

    /// All that is trusted.
    package var anchors: [Certificate] { [root.certificate] }

    /// An end-entity certificate, issued by the provider unless `issuer` is given. `alter` has the last word.
    package func leaf(
        _ scope: Scope..., by issuer: Party? = nil, notBefore: Int? = nil, notAfter: Int? = nil,
        alter: (inout Recipe) -> Void = { _ in }
    ) -> Party {
        let issuer = issuer ?? provider
        var recipe = Recipe(leaf: scope, by: issuer, now: now)
        if let notBefore { recipe.notBefore = notBefore }
        if let notAfter { recipe.notAfter = notAfter }
        alter(&recipe)
        return Self.issue(recipe, by: issuer)
    }

    /// A CA below the provider, or below `issuer`: a delegate if it has a scope.
    package func authority(
        _ scope: Scope..., by issuer: Party? = nil, pathLength: Int? = nil, notBefore: Int? = nil,
        notAfter: Int? = nil, alter: (inout Recipe) -> Void = { _ in }
    ) -> Party {
        let issuer = issuer ?? provider
        var recipe = Recipe(
            authority: "SHAKEN TEST Delegate CA \(issuer.issuers.count)", scope: scope, pathLength: pathLength,
            by: issuer, now: now)
        if let notBefore { recipe.notBefore = notBefore }
        if let notAfter { recipe.notAfter = notAfter }
        alter(&recipe)
        return Self.issue(recipe, by: issuer)
    }
}

extension MiniPKI {
    /// A key and the certificates that speak for it.
    package struct Party: Sendable {
        /// Matches the certificate, unless the recipe asked for an unfit key.
        package let key: SigningKey
        package let certificate: Certificate
        /// From its issuer up to the root, which is not among them.
        package let issuers: [Certificate]
        package let x5u: String
        let signatory: Signatory
        let keyIdentifier: [UInt8]
        let isRoot: Bool

        /// As it is published: leaf first, without the root.
        package var chain: [Certificate] { [certificate] + issuers }
        package var pem: [UInt8] { Array(chain.map(\.pem).joined().utf8) }
    }

    enum Signatory: Sendable {
        case fit(SigningKey)
        case unfit(UnfitKey)
    }

    package enum Scope: Hashable, Sendable {
        case spc(String)
        case range(String, Int)
        case one(String)
    }
}
