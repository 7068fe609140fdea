internal import NIOCore
internal import NIOHTTP1

/// What is said to a request (RFC 9110).
enum PublishingAnswer {
    /// The body is left out of what answers HEAD.
    case file(PublishedFile, hasBody: Bool)
    case notModified(PublishedFile)
    case refusal(HTTPResponseStatus)

    init(to head: HTTPRequestHead, from loop: PublishingLoop) {
        guard head.version.major == 1, head.version.minor == 0 || head.headers["host"].count == 1 else {
            self = .refusal(.badRequest)
            return
        }
        guard head.method == .GET || head.method == .HEAD else {
            self = .refusal(.methodNotAllowed)
            return
        }
        guard let file = loop.file(at: head.uri) else {
            self = .refusal(.notFound)
            return
        }
        let isKnown = Self.has(head.headers[canonicalForm: "if-none-match"], file.entityTag)
        self = isKnown ? .notModified(file) : .file(file, hasBody: head.method == .GET)
    }

    /// By weak comparison, as RFC 9110 §13.1.2 has it for If-None-Match. Ours has no comma, so a split one is not ours.
    private static func has(_ tags: [Substring], _ own: String) -> Bool {
        tags.contains { $0 == "*" || ($0.hasPrefix("W/") ? $0.dropFirst(2) : $0) == own }
    }
}

extension PublishingAnswer {
    var status: HTTPResponseStatus {
        switch self {
        case .file: .ok
        case .notModified: .notModified
        case .refusal(let status): status
        }
    }

    var body: ByteBuffer? {
        switch self {
        case .file(let file, true): file.body
        case .file, .notModified, .refusal: nil
        }
    }

    var counter: WritableKeyPath<PublishingCounters, Int> {
        switch self {
        case .file: \.served
        case .notModified: \.notModified
        case .refusal(.notFound): \.notFound
        case .refusal(.methodNotAllowed): \.methodNotAllowed
        case .refusal: \.malformed
        }
    }

    func headers(at now: Int) -> HTTPHeaders {
        var headers: HTTPHeaders = ["date": HTTPDate.text(now), "connection": "close"]
        switch self {
        case .file(let file, _):
            headers.add(name: "content-type", value: file.kind.contentType)
            headers.add(name: "content-length", value: "\(file.body.readableBytes)")
            headers.add(name: "x-content-type-options", value: "nosniff")
            headers.add(file)
        case .notModified(let file): headers.add(file)
        case .refusal(let status):
            headers.add(name: "content-length", value: "0")
            if status == .methodNotAllowed { headers.add(name: "allow", value: "GET, HEAD") }
        }
        return headers
    }
}

extension HTTPHeaders {
    fileprivate mutating func add(_ file: PublishedFile) {
        add(name: "etag", value: file.entityTag)
        add(name: "cache-control", value: file.kind.cacheControl)
    }
}
