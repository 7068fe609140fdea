internal import CLibCrypto

/// SHA-256 (FIPS 180-4) of a whole message.
package enum SHA256 {
    package static func digest(_ bytes: Span<UInt8>) -> [UInt8] {
        let digest: InlineArray<32, UInt8> = digest(bytes)
        return [UInt8](capacity: 32) { output in
            for index in digest.indices { output.append(digest[index]) }
        }
    }

    package static func digest(_ bytes: Span<UInt8>) -> InlineArray<32, UInt8> {
        var digest = InlineArray<32, UInt8>(repeating: 0)
        var output = digest.mutableSpan
        let made = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe EVP_Digest(bytes.baseAddress, bytes.count, output.baseAddress, nil, EVP_sha256(), nil)
            }
        }
        precondition(made == 1, "libcrypto has no SHA-256")
        return digest
    }
}
