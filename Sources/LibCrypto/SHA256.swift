internal import CLibCrypto

/// SHA-256 (FIPS 180-4) of a whole message.
package enum SHA256 {
    package static func digest(_ bytes: Span<UInt8>) -> [UInt8] {
        let digest: InlineArray<32, UInt8> = digest(bytes)
        return digest.span.indices.map { digest[$0] }
    }

    package static func digest(_ bytes: Span<UInt8>) -> InlineArray<32, UInt8> {
        digest(bytes, bytes.extracting(first: 0))
    }

    /// Of two runs of bytes as if they were one.
    package static func digest(_ first: Span<UInt8>, _ second: Span<UInt8>) -> InlineArray<32, UInt8> {
        var digest = InlineArray<32, UInt8>(repeating: 0)
        var output = digest.mutableSpan
        unsafe first.withUnsafeBufferPointer { first in
            unsafe second.withUnsafeBufferPointer { second in
                unsafe output.withUnsafeMutableBufferPointer { output in
                    unsafe shim_sha256(
                        first.baseAddress, first.count, second.baseAddress, second.count, output.baseAddress)
                }
            }
        }
        return digest
    }
}
