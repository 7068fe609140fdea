internal import CLibCrypto

/// AES-256 in Galois/Counter Mode: what was sealed is opened whole and unchanged, or not at all.
package enum SealedBox {
    package static let keyBytes = 32, nonceBytes = 12, tagBytes = 16

    /// - Parameter nonce: never twice under one key.
    package static func seal(
        _ text: [UInt8], key: [UInt8], nonce: [UInt8], authenticating additional: [UInt8]
    ) throws(OpenSSLError) -> (sealed: [UInt8], tag: [UInt8]) {
        let context = try begin(key, nonce, isSealing: true)
        try feed(additional, context)
        let sealed = try update(text, context)
        var rest = [UInt8](repeating: 0, count: tagBytes), count: Int32 = 0
        guard
            unsafe rest.withUnsafeMutableBufferPointer({
                unsafe EVP_EncryptFinal_ex(context.pointer, $0.baseAddress, &count)
            }) == 1
        else { throw OpenSSLError("EVP_EncryptFinal_ex") }
        var tag = [UInt8](repeating: 0, count: tagBytes)
        let isTagged = unsafe tag.withUnsafeMutableBytes { tag in
            unsafe EVP_CIPHER_CTX_ctrl(context.pointer, EVP_CTRL_AEAD_GET_TAG, Int32(tagBytes), tag.baseAddress)
        }
        guard isTagged == 1 else { throw OpenSSLError("EVP_CIPHER_CTX_ctrl") }
        return (sealed, tag)
    }

    package static func open(
        _ sealed: [UInt8], key: [UInt8], nonce: [UInt8], tag: [UInt8], authenticating additional: [UInt8]
    ) throws(OpenSSLError) -> [UInt8] {
        guard tag.count == tagBytes else { throw OpenSSLError("SealedBox", reason: "the tag has another length") }
        let context = try begin(key, nonce, isSealing: false)
        try feed(additional, context)
        let text = try update(sealed, context)
        var tag = tag
        let isSet = unsafe tag.withUnsafeMutableBytes { tag in
            unsafe EVP_CIPHER_CTX_ctrl(context.pointer, EVP_CTRL_AEAD_SET_TAG, Int32(tagBytes), tag.baseAddress)
        }
        guard isSet == 1 else { throw OpenSSLError("EVP_CIPHER_CTX_ctrl") }
        var rest = [UInt8](repeating: 0, count: tagBytes), count: Int32 = 0
        guard
            unsafe rest.withUnsafeMutableBufferPointer({
                unsafe EVP_DecryptFinal_ex(context.pointer, $0.baseAddress, &count)
            }) == 1
        else { throw OpenSSLError("EVP_DecryptFinal_ex") }
        return text
    }

    private static func begin(_ key: [UInt8], _ nonce: [UInt8], isSealing: Bool) throws(OpenSSLError) -> Owned {
        guard key.count == keyBytes, nonce.count == nonceBytes else {
            throw OpenSSLError("SealedBox", reason: "key or nonce has another length")
        }
        let context = try unsafe Owned(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new", free: EVP_CIPHER_CTX_free)
        let isReady = unsafe EVP_CipherInit_ex(context.pointer, EVP_aes_256_gcm(), nil, key, nonce, isSealing ? 1 : 0)
        guard isReady == 1 else { throw OpenSSLError("EVP_CipherInit_ex") }
        return context
    }

    private static func feed(_ additional: [UInt8], _ context: borrowing Owned) throws(OpenSSLError) {
        var count: Int32 = 0
        guard let length = Int32(exactly: additional.count),
            unsafe EVP_CipherUpdate(context.pointer, nil, &count, additional, length) == 1
        else { throw OpenSSLError("EVP_CipherUpdate") }
    }

    private static func update(_ text: [UInt8], _ context: borrowing Owned) throws(OpenSSLError) -> [UInt8] {
        guard !text.isEmpty else { return [] }
        guard let length = Int32(exactly: text.count) else { throw OpenSSLError("SealedBox", reason: "too long") }
        var output = [UInt8](repeating: 0, count: text.count), count: Int32 = 0
        let isDone = unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe EVP_CipherUpdate(context.pointer, output.baseAddress, &count, text, length)
        }
        guard isDone == 1, Int(count) == text.count else { throw OpenSSLError("EVP_CipherUpdate") }
        return output
    }
}
