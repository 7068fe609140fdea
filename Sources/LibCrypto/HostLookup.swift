internal import CLibCrypto
internal import Glibc

/// The machine's own resolver. Here because only the modules over C may read what it returns.
package enum HostLookup {
    /// 4 or 16 bytes each, in the order of getaddrinfo(3); none if there are none or nobody knows.
    ///
    /// Blocks its thread: for a second for each name server that does not answer.
    package static func addresses(of host: String) -> [[UInt8]] {
        shim_hurry_resolver()
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, nil, &hints, &list) == 0, let first = unsafe list else { return [] }
        defer { unsafe freeaddrinfo(first) }
        return unsafe sequence(first: first) { unsafe $0.pointee.ai_next }.compactMap { unsafe address(of: $0) }
    }

    private static func address(of found: UnsafeMutablePointer<addrinfo>) -> [UInt8]? {
        let bytes = [UInt8](capacity: 16) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, count in
                unsafe buffer.initialize(repeating: 0)
                count = Int(unsafe shim_address(found, buffer.baseAddress))
            }
        }
        return bytes.isEmpty ? nil : bytes
    }
}
