import Foundation
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

    /// Two carriers, a customer, a trunk of each class and some grants.
    func filled() throws -> LedgerStore {
        let store = try LedgerStore.create(at: path)
        for (table, text) in Self.files { _ = try store.importCSV(table, text: text) }
        return store
    }

    static let files: [(LedgerTable, String)] = [
        (.carriers, "spc,name,country\n1001,North,86\n1002,\"South, and East\",86\n"),
        (
            .holdings,
            "carrier,first,last\n1001,+8657188880000,+8657188889999\n1002,+8657188885000,+8657188885999\n"
                + "1001,+8657188890000,+8657188899999\n1002,86:95588,\n"
        ),
        (.customers, "id,name\nacme,\"Acme \"\"Phones\"\"\"\nbank,银行\n"),
        (
            .trunks,
            "name,class,customer,peer,line,enrolled_from\nent-17,enterprise,acme,,,\nline-3,access,acme,,+8657188880042,\n"
                + "ic-2,interconnect,,1002,,1700000000\nintl,international,,,,\nbank-1,enterprise,bank,,,\n"
        ),
        (
            .grants,
            "id,trunk,first,last,valid_from,valid_to\n,ent-17,+8657188880000,+8657188880099,1000,2000\n"
                + ",ent-17,+8657188880000,+8657188880999,0,\n,bank-1,86:95588,86:95588,0,\n"
        ),
    ]
}

extension LedgerStore {
    func importCSV(_ table: LedgerTable, mode: ImportMode = .merge, text: String) throws -> Int {
        var pieces = [Array(text.utf8), []]
        return try importCSV(table, mode: mode) { pieces.removeFirst() }
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
