internal import Glibc

/// A file, or a folder, that is open for reading: any thread may read it at any place. Here because only the modules over C may
/// hand memory to the system.
package final class ReadableFile: Sendable {
    private let descriptor: Int32

    /// Nil when it cannot be opened; `errno` says why.
    package init?(_ path: String) {
        descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// In bytes; 0 when the system does not say.
    package var length: Int { Int(status.st_size) }

    /// When it was last changed, in nanoseconds since 1970.
    package var changed: Int {
        let time = status.st_mtim
        return time.tv_sec &* 1_000_000_000 &+ time.tv_nsec
    }

    private var status: stat {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? status : stat()
    }

    /// Nil unless all of them are there.
    package func bytes(_ range: Range<Int>) -> [UInt8]? {
        guard range.lowerBound >= 0 else { return nil }
        // The array of no elements is one for all threads, and would be written to.
        guard !range.isEmpty else { return [] }
        var failed = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while count < range.count {
                let more = unsafe pread(
                    descriptor, buffer.baseAddress.map { unsafe $0 + count }, range.count - count,
                    range.lowerBound + count)
                if more < 0, errno == EINTR { continue }
                guard more > 0 else {
                    failed = true
                    return
                }
                count += more
            }
        }
        return failed ? nil : bytes
    }
}
