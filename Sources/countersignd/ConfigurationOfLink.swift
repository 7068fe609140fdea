extension Configuration {
    /// The link to other carriers.
    struct Link: Sendable {
        /// Where peers dial us.
        let host: String
        let port: Int
        /// PEM: our certificate of the link, which names our carrier, and its issuers; and its key.
        let chain, key: String
        /// PEM, a file or a folder: who issues the peers' certificates of the link.
        let roots: String
        /// A folder of CRLs of those issuers; nil where there is none.
        let revocationLists: String?
        /// Assertions, of each peer, that wait for their calls.
        let inboxPerPeer: Int
        /// Seconds between two heartbeats.
        let heartbeat: Int
        /// Whom the customer of a blocked call can turn to: it stands in every notice.
        let appealContact: String?
    }

    static func link(
        _ reader: ConfigurationReader, _ path: (String) -> String
    ) throws(ConfigurationError) -> Link {
        var reader = reader
        let (host, port) = try reader.address("address")
        var tls = try reader.section("tls")
        let link = Link(
            host: host, port: port, chain: path(try tls.string("chain")), key: path(try tls.string("key")),
            roots: path(try tls.string("roots")),
            revocationLists: try tls.optionalString("revocationLists").map(path),
            inboxPerPeer: try reader.integer("inboxPerPeer", in: 1...10_000_000, default: 50_000),
            heartbeat: try reader.integer("heartbeatSeconds", in: 1...60, default: 5),
            appealContact: try reader.optionalString("appealContact"))
        try tls.finish()
        try reader.finish()
        return link
    }
}
