import Certificates
import Exchange
import Foundation
import Ledger
import LibCrypto
import MiniPKI

/// Two carriers that are linked, and the circuit between them, which cannot carry a token.
///
/// East's is the ``Site`` whose numbers call; its calls leave by `to-710K` and reach west over `to-709J`.
struct LinkedSites {
    static let egress = "to-\(far)", ingress = "to-\(Site.carrier)"
    private static let far = "710K", circuit = "c-1"

    let site: Site
    let east, west: RunningDaemon
    private let folder: URL

    init(ranges: Int) async throws {
        site = try Site(ranges: ranges)
        folder = site.folder.appending(path: "far")
        do {
            let now = Int(Date().timeIntervalSince1970), pki = MiniPKI(now: now)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            try Self.makeLink(pki, Site.carrier, in: site.folder)
            try Self.makeLink(pki, Self.far, in: folder)
            try Self.issueChain(of: site, into: folder.appending(path: "carrier"), at: now)
            try Self.write(
                Site.configurationText(trunk: Self.ingress, trusting: site.folder) + Self.link, to: folder)
            try Self.makeFarLedger(in: folder, holdings: ranges / 2)
            west = try RunningDaemon(
                folder.appending(path: Site.configurationName).path, listeners: ["bench", "link"])
            try Self.extendLedger(of: site, linkPort: west.linkPort)
            try Self.write(
                Site.configurationText(trunk: Site.trunk, trusting: site.folder) + Self.link, to: site.folder)
            do { east = try RunningDaemon(site.configuration) } catch {
                west.stop()
                throw error
            }
        } catch {
            site.remove()
            throw error
        }
        do { try await linked() } catch {
            stop()
            throw error
        }
    }

    func stop() {
        east.stop()
        west.stop()
        site.remove()
    }

    /// Until the link is there, calls that are handed over wait.
    private func linked() async throws {
        let store = try ExchangeStore(folder: site.folder.appending(path: "data").path)
        for _ in 0..<150 {
            if try store.linkStates()[Self.far]?.state == "linked" { return }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw BenchError.daemon("not linked with the other")
    }

    /// Rounds follow each other faster than the calls of one carrier would.
    private static let link = """

        link:
          address: 127.0.0.1:0
          tls: {chain: link.pem, key: link.key, roots: link-roots.pem}
          inboxPerPeer: 1000000
        """

    private static func makeLink(_ pki: MiniPKI, _ carrier: String, in folder: URL) throws {
        let party = pki.linkParty(carrier)
        let files = [
            ("link.pem", String(decoding: party.pem, as: UTF8.self)),
            ("link.key", String(decoding: try party.key.pem(), as: UTF8.self)),
            ("link-roots.pem", pki.anchors.map(\.pem).joined()),
        ]
        for (name, text) in files {
            let file = folder.appending(path: name)
            try text.write(to: file, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        }
    }

    private static func issueChain(of site: Site, into folder: URL, at now: Int) throws {
        let holder = Holder(name: "Far carrier", tnAuthList: try TNAuthList([.spc(far)]))
        _ = try Authority(at: site.folder.appending(path: "ca").path).issue(
            to: holder, .testing(.endEntity), into: folder.path, at: now)
    }

    private static func write(_ configuration: String, to folder: URL) throws {
        try configuration.write(
            to: folder.appending(path: Site.configurationName), atomically: true, encoding: .utf8)
    }

    private static func makeFarLedger(in folder: URL, holdings: Int) throws {
        let data = folder.appending(path: "data").path
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        let store = try LedgerStore.create(at: data)
        try Site.load(
            [(.carriers, ["spc,name,country", "\(Site.carrier),Carrier,86", "\(far),Far carrier,86"])], into: store)
        try Site.loadHoldings(holdings, into: store)
        try Site.load(tables(trunk: ingress, peer: Site.carrier, address: ""), into: store)
    }

    private static func extendLedger(of site: Site, linkPort: Int?) throws {
        guard let linkPort else { throw BenchError.daemon("says no port of its link") }
        let store = try site.store
        try Site.load([(.carriers, ["spc,name,country", "\(far),Far carrier,86"])], into: store)
        try Site.load(tables(trunk: egress, peer: far, address: "127.0.0.1:\(linkPort)"), into: store)
    }

    private static func tables(trunk: String, peer: String, address: String) -> [(LedgerTable, [String])] {
        [
            (.peers, ["carrier,address", "\(peer),\(address)"]),
            (
                .trunks,
                [
                    "name,class,state,peer,use,contract,circuit,handover",
                    "\(trunk),interconnect,active,\(peer),carrier,C-2,\(circuit),true",
                ]
            ),
            (.approvals, ["trunk,by,at", "\(trunk),li,0", "\(trunk),wang,0"]),
        ]
    }
}
