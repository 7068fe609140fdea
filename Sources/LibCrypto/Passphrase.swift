internal import CLibCrypto

/// What an encrypted private key is opened with. It is overwritten when it is let go, and has no description.
///
/// `@unchecked Sendable`: the bytes are not modified between `init` and `deinit`.
@safe package final class Passphrase: @unchecked Sendable {
    /// With the zero at the end that C reads up to.
    private var bytes: [UInt8]

    package static let longest = 1_023

    /// The first line of an open file, which stays open. It goes into no other buffer.
    package convenience init(fileDescriptor: Int32) throws(OpenSSLError) {
        let bio = try unsafe Owned(BIO_new_fd(fileDescriptor, BIO_NOCLOSE), "BIO_new_fd", free: BIO_free_all)
        try unsafe self.init { buffer in
            var count = 0
            _ = unsafe BIO_read_ex(bio.pointer, buffer.baseAddress, buffer.count, &count)
            return count
        }
    }

    /// Asks at the terminal, without echo; twice if `isNew`.
    package convenience init(asking prompt: String, isNew: Bool) throws(OpenSSLError) {
        try unsafe self.init { buffer in
            let outcome = unsafe buffer.withMemoryRebound(to: CChar.self) { buffer in
                unsafe EVP_read_pw_string(buffer.baseAddress, Int32(buffer.count), prompt, isNew ? 1 : 0)
            }
            return outcome == 0 ? unsafe buffer.firstIndex(of: 0) ?? 0 : 0
        }
    }

    @unsafe private init(_ read: (UnsafeMutableBufferPointer<UInt8>) -> Int) throws(OpenSSLError) {
        bytes = [UInt8](repeating: 0, count: Self.longest + 1)
        let count = unsafe bytes.withUnsafeMutableBufferPointer { unsafe read($0) }
        ERR_clear_error()
        let ends = [UInt8(ascii: "\n"), UInt8(ascii: "\r"), 0]
        let end = bytes[..<count].firstIndex { ends.contains($0) } ?? count
        guard end > 0 else { throw OpenSSLError("BIO_read_ex", reason: "no passphrase on the first line") }
        guard end <= Self.longest else {
            throw OpenSSLError("BIO_read_ex", reason: "a passphrase of more than \(Self.longest) bytes")
        }
        for index in end..<bytes.count { bytes[index] = 0 }
    }

    deinit {
        unsafe bytes.withUnsafeMutableBufferPointer { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
    }

    @unsafe func withCharacters<Result>(_ body: (UnsafePointer<CChar>?, _ count: Int32) -> Result) -> Result {
        let count = Int32(bytes.prefix { $0 != 0 }.count)
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { unsafe body($0.baseAddress, count) }
        }
    }
}
