internal import Certificates
internal import Foundation
internal import NIOPosix

/// Answers for certificate URLs from a folder: `https://cert.example.com/709J/cert.pem` is the file
/// `https/cert.example.com/709J/cert.pem`, and a port becomes part of the host's name.
struct CertificateFolder: Sendable {
    let path: String
    /// Files are read on these threads, never on an event loop.
    let threads: NIOThreadPool
    let largestBody: Int

    func fetch(_ url: CertificateURL) async -> FetchAnswer {
        guard let file = file(for: url.text) else { return .failed("no file can have this URL's name") }
        let largest = largestBody
        let answer: FetchAnswer? = try? await threads.runIfActive {
            guard let handle = FileHandle(forReadingAtPath: file) else {
                return .body(status: 404, contentType: nil, [])
            }
            defer { try? handle.close() }
            // One byte more than is allowed shows that the file is too large, however large it is.
            guard let data = try? handle.read(upToCount: largest + 1) else {
                return .body(status: 200, contentType: nil, [])
            }
            return .body(status: 200, contentType: nil, Array(data))
        }
        return answer ?? .failed("shutting down")
    }

    /// Nil for a URL with a segment that would lead out of the folder.
    private func file(for url: String) -> String? {
        guard let colon = url.range(of: "://") else { return nil }
        let segments =
            [url[..<colon.lowerBound]]
            + url[colon.upperBound...].split(separator: "/", omittingEmptySubsequences: false)
        guard segments.count > 2 else { return nil }
        let isPlain = segments.allSatisfy { segment in
            !segment.isEmpty && segment != "." && segment != ".." && segment.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        }
        return isPlain ? "\(path)/\(segments.joined(separator: "/"))" : nil
    }
}
