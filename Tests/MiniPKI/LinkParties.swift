package import LibCrypto

extension MiniPKI {
    /// Somebody at one end of the link: a certificate for TLS that names carriers, and signs no calls.
    ///
    /// - Parameter carriers: as it names them by URI.
    package func linkParty(_ carriers: String..., by issuer: Party? = nil, alter: (inout Recipe) -> Void = { _ in })
        -> Party
    {
        leaf(by: issuer) { recipe in
            recipe.replace(.uris(carriers.map { "urn:countersign:spc:\($0)" }))
            alter(&recipe)
        }
    }
}

extension Certificate.Extension {
    /// subjectAltName with uniformResourceIdentifiers (RFC 5280 §4.2.1.6). Short ones.
    package static func uris(_ uris: [String]) -> Certificate.Extension {
        var names: [UInt8] = []
        for uri in uris { names += [0x86, UInt8(uri.utf8.count)] + Array(uri.utf8) }
        return Certificate.Extension("2.5.29.17", isCritical: false, value: [0x30, UInt8(names.count)] + names)
    }
}
