import Foundation
import GRDB
import Ledger
import NumberPlan
import Testing

/// The carriers with which there is a trunk link, and the trunks whose assertions are handed over it.
@Suite struct LedgerPeersTests {
    let folder = LedgerFolder()

    private static let header = "name,class,peer,circuit,handover\n"

    @Test func `a peer is what was imported, and one by itself is active and no transit`() throws {
        let store = try folder.filled()
        _ = try store.importCSV(.peers, text: "carrier,transit\n1001,true\n")
        let snapshot = try store.snapshot()
        let south = Peer(
            carrier: "1002", address: PeerAddress("trunk.south.example:7443"), contact: "noc@south.example")
        #expect(snapshot.peer("1002") == south)
        #expect(snapshot.peers == [Peer(carrier: "1001", isTransit: true), south])
        #expect(snapshot.peer("9999") == nil)
        #expect(try store.snapshot(asOf: 1).peer("1001") == nil)
        #expect(try store.peers().count == 2)
    }

    @Test(arguments: [
        ("127.0.0.1:7443", "127.0.0.1", 7_443), ("trunk.east.example:1", "trunk.east.example", 1),
        ("[2001:db8::1]:65535", "2001:db8::1", 65_535), ("[::ffff:10.1.0.9]:7443", "::ffff:10.1.0.9", 7_443),
        ("x-1:80", "x-1", 80),
    ])
    func `an address is a host and a port`(text: String, host: String, port: Int) throws {
        let address = try #require(PeerAddress(text))
        #expect(address.host == host && address.port == port && address.description == text)
        #expect(PeerAddress(address.description) == address)
    }

    @Test(arguments: [
        "trunk.east.example", ":7443", "trunk.east.example:", "trunk.east.example:0", "trunk.east.example:65536",
        "trunk.east.example:07443", "trunk.east.example:+7443", "trunk..example:7443", "-x.example:7443",
        "x-.example:7443", "x y:7443", "ü.example:7443", "2001:db8::1:7443", "[2001:db8::1]", "[trunk]:7443",
        "[1:2]:7443", "[2001:db8::1:7443", "2001:db8::1]:7443", "[::%eth0]:7443", "x_y:7443",
        "\(String(repeating: "a", count: 64)).example:7443",
        "\(String(repeating: "a.", count: 126))aa:7443",
        "[\(String(repeating: ":", count: 46))]:7443",
    ])
    func `what is no address is refused`(text: String) throws {
        #expect(PeerAddress(text) == nil)
        #expect(
            rowFaults { try folder.filled().importCSV(.peers, text: "carrier,address\n1001,\(text)\n") }
                == [RowFault(place: .line(.peers, 2), column: "address", reason: .notAnAddress)])
    }

    @Test(arguments: [
        ("carrier\n9\n", "carrier", RowFault.Reason.unknown(.carriers)),
        ("carrier,state\n1001,shut\n", "state", .notOneOf(["active", "suspended"])),
        ("carrier,transit\n1001,yes\n", "transit", .notABoolean),
        ("carrier,contact\n1001,a\u{7}b\n", "contact", .notLegible),
        ("carrier,contact\n1001,\(String(repeating: "c", count: 201))\n", "contact", .tooLong),
    ])
    func `a wrong value is told apart`(text: String, column: String, why: RowFault.Reason) throws {
        #expect(
            rowFaults { try folder.filled().importCSV(.peers, text: text) }
                == [RowFault(place: .line(.peers, 2), column: column, reason: why)])
    }

    @Test func `a peer is suspended and taken up again, and goes`() throws {
        let store = try folder.filled()
        let version = try store.version()
        try store.move(peer: "1002", to: .suspended, by: act(), under: .china)
        #expect(try store.snapshot().peer("1002")?.state == .suspended)
        let changes = try #require(try store.changes(since: version))
        #expect(try store.snapshot(asOf: version).applying(changes).peers == store.snapshot().peers)
        try store.move(peer: "1002", to: .active, by: act(), under: .china)
        #expect(try store.snapshot().peer("1002")?.contact == "noc@south.example")
        for body in [
            { try store.move(peer: "1001", to: .suspended, by: act(), under: .china) },
            { try store.remove(peer: "1001", by: act(), under: .china) },
        ] {
            #expect(
                throws: LedgerError.rows([RowFault(place: .command, column: "carrier", reason: .unknown(.peers))]),
                performing: body)
        }
        #expect(throws: LedgerError.stillNamed(.peers)) { try store.remove(peer: "1002", by: act(), under: .china) }
        _ = try store.importCSV(.trunks, text: "name,class,handover\nic-2,interconnect,false\n")
        try store.remove(peer: "1002", by: act(), under: .china)
        #expect(try store.snapshot().peers.isEmpty)
    }

    @Test func `a carrier with a link stays`() throws {
        let store = try folder.filled()
        _ = try store.importCSV(.carriers, text: "spc,name,country\n1003,West,86\n")
        _ = try store.importCSV(.peers, text: "carrier\n1003\n")
        #expect(throws: LedgerError.stillNamed(.carriers)) {
            try store.importCSV(.carriers, mode: .replace, text: "spc,name,country\n1001,N,86\n1002,S,86\n")
        }
    }

    @Test(
        arguments: [
            ("t,interconnect,1002,E-9,true", nil), ("t,international,1002,E-9,", nil),
            ("t,interconnect,1001,E-7,", nil), ("t,interconnect,1001,E-9,true", ("peer", .unknown(.peers))),
            ("t,interconnect,,E-9,", ("circuit", .circuitWithoutPeer)),
            ("t,enterprise,1002,E-9,", ("circuit", .circuitWithoutPeer)),
            ("t,access,1002,E-9,", ("circuit", .circuitWithoutPeer)),
            ("t,interconnect,1002,,true", ("handover", .handoverWithoutCircuit)),
            ("t,interconnect,1002,E-7,", ("circuit", .circuitTaken("ic-2"))),
            ("t,international,1002,E-7,true", ("circuit", .circuitTaken("ic-2"))),
            ("t,interconnect,1002,E 9,", ("circuit", .notATrunkName)),
            ("t,interconnect,1002,\(String(repeating: "e", count: 65)),", ("circuit", .notATrunkName)),
            ("t,interconnect,1002,E-9,yes", ("handover", .notABoolean)),
        ] as [(String, (String, RowFault.Reason)?)])
    func `a circuit is one trunk's with its peer`(row: String, fault: (column: String, reason: RowFault.Reason)?) throws
    {
        let faults = rowFaults { try folder.filled().importCSV(.trunks, text: Self.header + row + "\n") }
        #expect(faults.map(\.column) == (fault.map { [$0.column] } ?? []))
        #expect(faults.map(\.reason) == (fault.map { [$0.reason] } ?? []))
    }

    @Test func `a trunk that is shut leaves its circuit to another`() throws {
        let store = try folder.filled(), other = Self.header + "t,interconnect,1002,E-7,true\n"
        try store.move("ic-2", to: .shut, by: act(), under: .china)
        _ = try store.importCSV(.trunks, text: other)
        #expect(try store.snapshot().trunk("t")?.circuit == "E-7")
        for person in ["li", "wang"] { try store.approve("ic-2", by: act(by: person), under: .china) }
        #expect(
            rowFaults {
                try store.move("ic-2", to: .active, by: act(), under: .china)
                return 0
            }.map(\.reason) == [.circuitTaken("t")])
    }

    @Test func `two trunks of one change have one circuit no more than others, and may exchange theirs`() throws {
        let store = try folder.filled()
        func rows(_ t: String, _ u: String) -> String {
            Self.header + "t,interconnect,1002,\(t),\nu,interconnect,1002,\(u),\n"
        }
        #expect(
            rowFaults { try store.importCSV(.trunks, text: rows("A", "A")) }
                == [
                    RowFault(place: .line(.trunks, 2), column: "circuit", reason: .circuitTaken("u")),
                    RowFault(place: .line(.trunks, 3), column: "circuit", reason: .circuitTaken("t")),
                ])
        _ = try store.importCSV(.trunks, text: rows("A", "B"))
        _ = try store.importCSV(.trunks, text: rows("B", "A"))
        #expect(try store.snapshot().trunk("t")?.circuit == "B")
    }

    /// It tells how a trunk is wired, and gives nobody a right.
    @Test func `an active trunk's circuit changes without approval`() throws {
        let store = try folder.filled()
        _ = try store.importCSV(.trunks, text: Self.header + "ic-2,interconnect,1002,E-8,false\n")
        let trunk = try store.snapshot().trunk("ic-2")
        #expect(trunk?.circuit == "E-8" && trunk?.hasHandover == false && trunk?.state == .active)
    }

    /// As the second migration left it: without the third's tables and columns, and its history is there.
    @Test func `a ledger of before has no peers, and its trunks no circuits`() throws {
        _ = try folder.filled()
        try folder.sql(
            "DROP TABLE peer", "DROP TRIGGER trunk_link_stays", "ALTER TABLE trunk DROP COLUMN handover",
            "ALTER TABLE trunk DROP COLUMN circuit",
            "DELETE FROM grdb_migrations WHERE identifier LIKE '3 %' OR identifier LIKE '4 %'")
        let store = try LedgerStore.open(at: folder.path)
        #expect(try store.peers().isEmpty)
        #expect(try store.snapshot(asOf: 1).trunk("ic-2")?.enrolledFrom == 1_700_000_000)
        #expect(try store.trunks().allSatisfy { $0.circuit == nil && !$0.hasHandover })
        _ = try store.importCSV(.peers, text: "carrier\n1002\n")
        _ = try store.importCSV(.trunks, text: Self.header + "ic-2,interconnect,1002,E-7,true\n")
        #expect(try store.snapshot().trunk("ic-2")?.hasHandover == true)
    }
}
