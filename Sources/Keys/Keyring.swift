package import LibCrypto

/// Opens the keys of credentials, wherever they are kept.
package struct Keyring: Sendable {
    let files: KeyFiles
    /// Of the keys in files; nil if they are not encrypted.
    package let passphrase: Passphrase?
    private let token: OpenToken?

    /// Opens a key that stays in its token, for which it may have to wait.
    package typealias OpenToken = @Sendable (TokenURI) throws -> SigningKey

    /// - Parameter token: nil where nobody has said how tokens are reached.
    package init(_ files: KeyFiles, passphrase: Passphrase?, token: OpenToken?) {
        self.files = files
        self.passphrase = passphrase
        self.token = token
    }

    /// A name in a token may have come to mean another key: that one is refused.
    package func key(of credential: StoredCredential) throws -> SigningKey {
        guard credential.isInHardware else { return try files.openKey(credential.key, passphrase: passphrase) }
        let key = try key(in: TokenURI(credential.key))
        guard try key.verifyingKey.point == credential.publicKey else {
            throw KeyFault.otherKeyInToken(credential.id, credential.key)
        }
        return key
    }

    func key(in uri: TokenURI) throws -> SigningKey {
        guard let token else { throw KeyFault.tokenUnsaid("\(uri)") }
        return try token(uri)
    }
}
