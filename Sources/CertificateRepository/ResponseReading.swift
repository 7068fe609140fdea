internal import AsyncHTTPClient
internal import Certificates
internal import NIOCore
internal import NIOHTTP1

extension FetchAnswer {
    /// Reads the body while it comes, and no further than `largestBody`. Of any status but 200 it is of no interest.
    /// - Parameter now: Unix time.
    init(_ response: HTTPClientResponse, _ largestBody: Int, now: Int) async throws {
        let status = Int(response.status.code), headers = response.headers
        guard !(300..<400).contains(status) else {
            self = .redirect(headers.first(name: "Location") ?? "")
            return
        }
        guard status == 200 else {
            self = .body(status: status, contentType: nil, [])
            return
        }
        guard headers[canonicalForm: "Content-Encoding"].allSatisfy({ $0.lowercased() == "identity" }) else {
            throw FetchFault.encoded
        }
        var bytes: [UInt8] = []
        for try await part in response.body {
            guard part.readableBytes <= largestBody - bytes.count else { throw FetchFault.bodyTooLarge }
            bytes.append(contentsOf: part.readableBytesView)
        }
        self = .body(
            status: status, contentType: headers.first(name: "Content-Type"), bytes,
            freshness: HTTPFreshness(headers, now: now))
    }
}

extension HTTPFreshness {
    fileprivate init(_ headers: HTTPHeaders, now: Int) {
        self.init(
            cacheControl: headers["Cache-Control"], expires: headers["Expires"], date: headers["Date"],
            age: headers["Age"], now: now)
    }
}
