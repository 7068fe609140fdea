internal import CLibCrypto

/// Why a key in a token cannot be used.
package enum TokenFault: Error, Hashable, Sendable {
    case notAURI(String)
    case pinInURI
    case noEngine(OpenSSLError)
    case noModule(String)
    case otherModule(String)
    case noSuchKey(TokenURI)
    case wrongPIN
    /// By the token itself, after so many wrong ones.
    case lockedPIN
    case notP256(TokenURI, OpenSSLError)
    case failed(OpenSSLError)
    /// It has been asked for a signature, and says nothing.
    case silent
    /// It failed a moment ago, and is not asked again until its pause is over.
    case resting
    /// Nobody waits for the signature any more, so none was made.
    case notAwaited
    /// Others may have the key.
    case revoked

    /// Trying again would do harm: each wrong PIN brings the token closer to locking itself.
    package var isFinal: Bool {
        switch self {
        case .wrongPIN, .lockedPIN: true
        case .notAURI, .pinInURI, .noEngine, .noModule, .otherModule, .noSuchKey, .notP256, .failed, .silent,
            .resting, .notAwaited, .revoked:
            false
        }
    }
}

extension TokenFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notAURI(let reason): "this is not the name of a key in a token: \(reason) (RFC 7512)"
        case .pinInURI: "a PIN does not belong in the name of a key; put it in a file of mode 0600 and name that"
        case .noEngine(let error):
            "OpenSSL has no engine for PKCS #11 (\(error)); run: apt-get install libengine-pkcs11-openssl"
        case .noModule(let path):
            "the PKCS #11 module \(path) cannot be loaded; name the one that came with the token, such as \(Self.example)"
        case .otherModule(let path): "one process uses one PKCS #11 module at a time, and this one uses \(path)"
        case .noSuchKey(let uri):
            "there is no private key \(uri); list what there is with: pkcs11-tool --module MODULE --login --list-objects"
        case .wrongPIN:
            """
            the PIN is wrong; put the right one into its file, and restart the daemon if it is its own: it does not try \
            again before, since tokens lock themselves after some wrong ones
            """
        case .lockedPIN: "the token has locked its PIN; its security officer can set a new one"
        case .notP256(let uri, let error): "\(uri) is no key to sign tokens with: \(error)"
        case .failed(let error): "the token refuses: \(error)"
        case .silent: "the token does not answer"
        case .resting: "the token failed a moment ago and is left alone for a while"
        case .notAwaited: "nobody waited for the signature any more"
        case .revoked: "the key was revoked"
        }
    }

    private static let example = "/usr/lib/softhsm/libsofthsm2.so"
}

extension TokenFault {
    /// Why the engine gave no key for `uri`. Reads the queue and empties it.
    ///
    /// The engine's own libraries get their numbers when it is loaded, so that only their names tell them apart.
    init(loading uri: TokenURI, module: String) {
        var first: OpenSSLError?, found: TokenFault?
        while case let code = ERR_get_error(), code != 0 {
            let library = unsafe ERR_lib_error_string(code).map { unsafe String(cString: $0) } ?? ""
            let reason = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) } ?? "\(code)"
            if library.isOfEngine { first = first ?? OpenSSLError("ENGINE_load_private_key", reason: reason) }
            found = found ?? Self.known(library, ERR_GET_REASON(code), uri, module)
        }
        self = found ?? .failed(first ?? OpenSSLError("ENGINE_load_private_key", reason: "no reason given"))
    }

    private static func known(_ library: String, _ reason: Int32, _ uri: TokenURI, _ module: String) -> TokenFault? {
        switch (library, reason) {
        // CKR_PIN_INCORRECT, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE and CKR_PIN_LOCKED (PKCS #11 v2.40 Appendix A).
        case (.module, 0xA0), (.module, 0xA1), (.module, 0xA2): .wrongPIN
        case (.module, 0xA4): .lockedPIN
        case (.libp11, 1_025): .noModule(module)
        case (.engine, 101): .noSuchKey(uri)
        default: nil
        }
    }
}

extension String {
    /// What the token's module returned, what libp11 says of it, and what the engine makes of that.
    fileprivate static let module = "PKCS#11 module", libp11 = "libp11", engine = "pkcs11 engine"

    fileprivate var isOfEngine: Bool { [Self.module, Self.libp11, Self.engine].contains(self) }
}
