internal import Certificates
internal import Foundation

extension Configuration {
    static func anchors(
        _ reader: inout ConfigurationReader, _ urlRules: CertificateURLRules, _ path: (String) -> String
    ) throws(ConfigurationError) -> Anchors {
        let folder = try reader.optionalString("anchors").map(path)
        var list = try reader.section("trustList")
        guard list.has else {
            guard let folder else { throw reader.error("anchors", "is missing; name a folder here, or a trustList") }
            return .folder(folder)
        }
        guard folder == nil else { throw reader.error("anchors", "cannot stand beside trustList: name one of the two") }
        let file = try list.optionalString("file").map(path), url = try list.optionalString("url")
        let signers = path(try list.string("signers"))
        try list.finish()
        switch (file, url) {
        case (let file?, nil):
            let file = URL(filePath: file)
            return .trustList(
                .file(folder: file.deletingLastPathComponent().path, name: file.lastPathComponent), signers: signers)
        case (nil, let text?):
            return .trustList(.url(try self.url(text, urlRules, "url", list)), signers: signers)
        default: throw list.error("file", "name either a file or a url")
        }
    }

    static func urls(
        _ key: String, _ reader: inout ConfigurationReader, _ rules: CertificateURLRules
    ) throws(ConfigurationError) -> [CertificateURL] {
        var urls: [CertificateURL] = []
        for text in try reader.strings(key, default: []) { urls.append(try url(text, rules, key, reader)) }
        guard Set(urls).count == urls.count else { throw reader.error(key, "one of them stands twice") }
        return urls
    }

    private static func url(
        _ text: String, _ rules: CertificateURLRules, _ key: String, _ reader: ConfigurationReader
    ) throws(ConfigurationError) -> CertificateURL {
        do throws(CertificateURLFault) { return try CertificateURL(text, rules: rules) } catch {
            throw reader.error(key, "nothing is fetched from \(text): \(error.code)")
        }
    }

    static func publishing(
        _ reader: ConfigurationReader, _ data: String, _ path: (String) -> String
    ) throws(ConfigurationError) -> Publishing {
        var reader = reader
        let (host, port) = try reader.address("address")
        let own = "\(data)/published", folder = try reader.optionalString("folder").map(path) ?? own
        let prefix = try reader.optionalString("prefix") ?? "/"
        let isPlain = prefix.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"%?#\"\\".utf8.contains($0) }
        guard isPlain, prefix.hasPrefix("/"), prefix.hasSuffix("/"), !prefix.contains("//") else {
            throw reader.error("prefix", "must be the path before the files' names, such as /sti/")
        }
        var tls = try reader.section("tls"), identity: (chain: String, key: String)?
        if tls.has { identity = (path(try tls.string("chain")), path(try tls.string("key"))) }
        try tls.finish()
        try reader.finish()
        return Publishing(
            host: host, port: port, folder: folder, makesFolder: folder == own, prefix: prefix,
            identity: identity)
    }
}

extension Configuration.Verification {
    /// Whether anything but chains comes over the network.
    var asksForLists: Bool {
        if case .trustList(.url, _) = anchors { return true }
        return !revocationListURLs.isEmpty
    }
}

extension ConfigurationReader {
    mutating func address(_ key: String) throws(ConfigurationError) -> (host: String, port: Int) {
        let address = try string(key)
        guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]),
            (0...65_535).contains(port)
        else { throw error(key, "must be host:port, such as 127.0.0.1:9999 or [::1]:9999") }
        let host = address[..<colon].trimmingPrefix("[")
        return (String(host.hasSuffix("]") ? host.dropLast() : host), port)
    }
}
