import Foundation
import GRDB
import Ledger
import NumberPlan

/// A real ledger in a folder of its own, which goes with it.
final class LedgerFolder {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID().uuidString)").path
        try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Runs statements on the file as another program could.
    func sql(_ statements: String...) throws {
        let database = try DatabaseQueue(path: path + "/ledger.sqlite")
        try database.write { db in for statement in statements { try db.execute(sql: statement) } }
    }

    /// The standard rows, all in one change.
    func filled() throws -> LedgerStore {
        let store = try LedgerStore.create(at: path)
        _ = try store.importCSV(Self.files, by: act())
        return store
    }

    /// Two carriers, two customers, a trunk of each class with all that it takes to be open, and some grants.
    static let files: [(LedgerTable, String)] = [
        (.carriers, "spc,name,country\n1001,North,86\n1002,\"South, and East\",86\n"),
        (.peers, "carrier,address,contact\n1002,trunk.south.example:7443,noc@south.example\n"),
        (
            .holdings,
            "carrier,first,last\n1001,+8657188880000,+8657188889999\n1002,+8657188885000,+8657188885999\n"
                + "1001,+8657188890000,+8657188899999\n1002,86:95588,\n"
        ),
        (.ported, "number,carrier\n+8657188880777,1002\n+8613800138000,1001\n"),
        (
            .customers,
            "id,name,kind,entity,industry\nacme,\"Acme \"\"Phones\"\"\",enterprise,E-1,retail\n"
                + "bank,银行,,E-2,securities\n"
        ),
        (
            .licences,
            "id,customer,scope,valid_from,valid_to\nL-1,acme,fax voice,2020-01-01,\nL-2,bank,voice,2020-01-01,2030-12-31\n"
        ),
        (
            .trunks,
            "name,class,state,customer,peer,line,service,use,contract,enrolled_from,circuit,handover\n"
                + "ent-17,enterprise,active,acme,,,voice,service,C-17,,,\n"
                + "line-3,access,active,acme,,+8657188880042,,private,C-3,,,\n"
                + "ic-2,interconnect,active,,1002,,,carrier,C-2,1700000000,E-7,true\n"
                + "intl,international,active,,1002,,,carrier,C-4,,,\n"
                + "bank-1,enterprise,active,bank,,,voice,service,C-5,,,\n"
        ),
        (
            .approvals,
            "trunk,by,at,why\n"
                + ["ent-17", "line-3", "ic-2", "intl", "bank-1"].map { "\($0),li,0,papers seen\n\($0),wang,0,\n" }
                .joined()
        ),
        (
            .delegations,
            "delegator,delegate,first,last,purpose,valid_from,onward\n"
                + "carrier:1001,customer:acme,+8657188890000,+8657188890999,sales,0,true\n"
        ),
        (
            .grants,
            "id,trunk,first,last,valid_from,valid_to,hours,delegation\n,ent-17,+8657188880000,+8657188880099,1000,2000,,\n"
                + ",ent-17,+8657188880000,+8657188880999,0,,,\n,bank-1,86:95588,86:95588,0,,,\n"
                + ",ent-17,+8657188890000,+8657188890099,0,,09:00-12:00 14:00-20:00,1\n"
        ),
        (.listings, "list,first,last,source,valid_from\ndo_not_originate,86:95599,,bank,0\n"),
    ]
}

/// Of a test's operator, on 2026-11-23 at 10:00 in Shanghai.
func act(by: String = "li", why: String = "test", at: Int = 1_795_399_200) -> LedgerAct {
    LedgerAct(by: by, why: why) { at }
}

extension LedgerStore {
    func importCSV(_ table: LedgerTable, mode: ImportMode = .merge, text: String) throws -> Int {
        try importCSV([(table, text)], mode: mode, by: act())
    }

    func importCSV(_ files: [(LedgerTable, String)], mode: ImportMode = .merge, by act: LedgerAct) throws -> Int {
        try importCSV(
            files.map { table, text in
                var pieces = [Array(text.utf8), []]
                return LedgerFile(table) { pieces.removeFirst() }
            }, mode: mode, by: act, under: .china)
    }

    /// Has two people approve of what may become of each active trunk next, or of one.
    func approve(only name: String? = nil, at now: Int = act().clock()) throws {
        for trunk in try trunks() where trunk.state == .active && trunk.name == name ?? trunk.name {
            let approved = try people(approving: trunk)
            for person in ["sun", "zhou"] where !approved.contains(person) {
                try approve(trunk.name, by: act(by: person, at: now), under: .china)
            }
        }
    }

    func csv(_ table: LedgerTable) throws -> String {
        var text = ""
        try exportCSV(table) { text += $0 }
        return text
    }

    func json() throws -> String {
        var text = ""
        try exportJSON { text += $0 }
        return text
    }
}

func number(_ text: String) -> TelephoneNumber {
    TelephoneNumber(described: text) ?? .global(Digits("0")!)
}

/// One to ask by, which is all that a look-up of grants needs to know.
func trunk(_ name: String) -> Trunk { Trunk(name: name, trunkClass: .enterprise) }
