internal import CLibCrypto

package enum SHA256 {
    package static func digest(_ bytes: Span<UInt8>) -> InlineArray<32, UInt8> {
        var digest = InlineArray<32, UInt8>(repeating: 0)
        var output = digest.mutableSpan
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe output.withUnsafeMutableBufferPointer { output in
                _ = unsafe CLibCrypto.SHA256(bytes.baseAddress, bytes.count, output.baseAddress)
            }
        }
        return digest
    }

    package static func digest(_ bytes: Span<UInt8>) -> [UInt8] {
        let digest: InlineArray<32, UInt8> = digest(bytes)
        return digest.span.indices.map { digest[$0] }
    }
}
