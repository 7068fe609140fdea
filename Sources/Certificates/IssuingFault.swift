package import LibCrypto

/// Why a certificate or a CRL is not issued.
package enum IssuingFault: Error, Hashable, Sendable {
    case notAnObjectIdentifier(String)
    case timeOutOfRange(Int)
    case libcrypto(OpenSSLError)
}
