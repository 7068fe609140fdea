internal import CLibCrypto

/// A private key in a PKCS #11 token: which, through whose module, and what opens it.
package struct TokenKey: Sendable {
    let uri: TokenURI
    let module: String
    let pin: Passphrase

    /// - Parameter module: the path of the shared library that came with the token.
    package init(_ uri: TokenURI, module: String, pin: Passphrase) {
        self.uri = uri
        self.module = module
        self.pin = pin
    }
}

/// A key in a token, opened: what its signatures are made with, on any number of threads. The last one to be let go of
/// closes the module too, and only then can the process open another.
///
/// `@unchecked Sendable`: as of ``SigningKey``, and libp11 lets many sign with one key (``EngineLock``).
@safe final class TokenSession: @unchecked Sendable {
    let key: OpaquePointer
    private let engine: OpaquePointer

    init(_ token: TokenKey) throws(TokenFault) {
        let opened = unsafe try EngineLock.shared.opening(token.module) { () throws(TokenFault) in
            unsafe try Self.open(token)
        }
        unsafe engine = opened.engine
        unsafe key = opened.key
    }

    deinit {
        EngineLock.shared.closing {
            unsafe EVP_PKEY_free(key)
            unsafe shim_engine_stop(engine)
            unsafe shim_engine_free(engine)
        }
    }

    @unsafe private static func open(
        _ token: TokenKey
    ) throws(TokenFault) -> (engine: OpaquePointer, key: OpaquePointer) {
        ERR_clear_error()
        let engine = try engine()
        let isSet = unsafe token.pin.withCharacters { pin, _ in
            unsafe shim_engine_set(engine.pointer, "MODULE_PATH", token.module) == 1
                && shim_engine_set(engine.pointer, "PIN", pin) == 1
        }
        guard isSet, unsafe shim_engine_start(engine.pointer) == 1 else { throw .failed(OpenSSLError("ENGINE_init")) }
        guard let key = unsafe shim_engine_private_key(engine.pointer, token.uri.description) else {
            let fault = TokenFault(loading: token.uri, module: token.module)
            unsafe shim_engine_stop(engine.pointer)
            throw fault
        }
        ERR_clear_error()
        return unsafe (engine.released(), key)
    }

    private static func engine() throws(TokenFault) -> Owned {
        do throws(OpenSSLError) {
            return try unsafe Owned(shim_pkcs11_engine(), "ENGINE_by_id", free: shim_engine_free)
        } catch { throw .noEngine(error) }
    }
}
