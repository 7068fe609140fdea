import MiniPKI
import Testing

/// The ledger by command, as an operator works on it.
@Suite(.timeLimit(.minutes(5))) struct LedgerCommandTests {
    private func carrier() async throws -> Carrier {
        let pki = MiniPKI(now: Carrier.now)
        let carrier = try Carrier(pki.leaf(.spc("709J")), trusting: [])
        try await carrier.makeLedger()
        return carrier
    }

    /// What a command says, and how it ends.
    private func ledger(_ carrier: Carrier, _ arguments: String...) async throws -> (status: Int32, output: String) {
        let (status, output) = try await Program.run(
            "countersign", ["ledger"] + arguments + ["--data", "data"], in: carrier.folder)
        return (status, output)
    }

    @Test func `a trunk opens under four eyes, and each step is in the history`() async throws {
        let carrier = try await carrier()
        try await carrier.importTable(
            "trunks", "name,class,customer,service,use,contract\nent-2,enterprise,c1,voice,service,C-3\n")
        func trunks(_ command: String, by person: String) async throws -> (status: Int32, output: String) {
            try await ledger(carrier, "trunks", command, "ent-2", "--by", person, "--why", "test of \(command)")
        }
        #expect(try await trunks("activate", by: "li").output.contains("state_not_next"))
        #expect(try await trunks("review", by: "li").status == 0)
        #expect(try await trunks("activate", by: "li").output.contains("approvals_missing"))
        #expect(try await trunks("approve", by: "li").status == 0)
        #expect(try await trunks("approve", by: "li").output.contains("approved_already"))
        #expect(try await trunks("approve", by: "wang").status == 0)
        #expect(try await trunks("activate", by: "wang").status == 0)
        #expect(try await ledger(carrier, "trunks", "show", "ent-2").output.contains("calls\tmay go over it"))
        #expect(try await trunks("shut", by: "wang").status == 0)
        #expect(try await trunks("reopen", by: "wang").output.contains("so far: nobody"))
        #expect(try await ledger(carrier, "trunks", "show", "ent-2").output.contains("calls\tnone: trunk shut"))
        #expect(try await ledger(carrier, "trunks", "list").output.contains("ent-2\tenterprise\tshut\tc1"))
        let history = try await ledger(carrier, "history", "--trunk", "ent-2").output.split(separator: "\n")
        #expect(history.count == 6)
        #expect(history.first?.hasSuffix("wang\ttest of shut\ttrunks 1") == true)
        #expect(try await ledger(carrier, "trunks", "shut", "none").output.contains("not among the trunks"))
    }

    @Test func `the past says who could show a number, and ends with 1 if nobody could`() async throws {
        let carrier = try await carrier()
        let now = String(Carrier.now + 600)
        let number = ["--number", "+12155551000"]
        let shown = try await ledger(carrier, "as-of", now, number[0], number[1])
        #expect(shown.status == 0)
        #expect(shown.output.contains("+12155551000\tof 709J (Own), allocated"))
        #expect(
            shown.output.contains(
                "ent-1\tcould show it, attested A\tenterprise, active, customer c1, licence L-1, grant 1"))
        let json = try await ledger(carrier, "as-of", now, number[0], number[1], "--trunk", "ent-1", "--json")
        #expect(json.output.contains(#""grant":1,"#) && json.output.contains(#""mayShow":true"#))
        let early = try await ledger(carrier, "as-of", "1970-01-01T08:00:00+08:00", number[0], number[1])
        #expect(early.status == 1 && early.output.contains("no trunk had a grant of it"))
        let end = try await ledger(carrier, "grants", "end", "1", "--at", "5", "--why", "moved")
        #expect(end.status == 0)
        let ended = try await ledger(carrier, "as-of", now, number[0], number[1])
        #expect(ended.status == 1 && ended.output.contains("could not: cli_not_authorised_for_trunk, grant_ended"))
        func add() async throws -> (status: Int32, output: String) {
            try await ledger(carrier, "grants", "add", "--trunk", "ent-1", "--first", "+12155551000", "--from", "6")
        }
        let alone = try await add()
        #expect(alone.status == 1 && alone.output.contains("column trunk: approvals_missing"))
        try await carrier.approve("ent-1")
        #expect(try await add().status == 0)
        #expect(try await ledger(carrier, "as-of", now, number[0], number[1]).output.contains("grant 2"))
        #expect(try await ledger(carrier, "as-of", "soon", number[0], number[1]).output.contains("not a time"))
    }

    @Test func `the past is asked as a call would have been`() async throws {
        let carrier = try await carrier(), own = "+12155551000"
        func shown(_ number: String, _ more: String...) async throws -> String {
            let asked = ["ledger", "as-of", String(Carrier.now + 600), "--number", number, "--data", "data"]
            return try await Program.run("countersign", asked + more, in: carrier.folder).1
        }
        #expect(try await shown(own, "--spc", "709J").contains("could show it, attested A"))
        #expect(try await shown(own, "--spc", "505K").contains("could not: number_held_by_another"))
        #expect(try await shown(own, "--spc", "").contains("--spc takes a service provider code"))
        #expect(
            try await shown("+12155559999", "--trunk", "ent-1").contains("could not: cli_not_authorised_for_trunk\t"))
        #expect(
            try await shown("+12155559999", "--trunk", "ic-1", "--plan", "nanp").contains("could show it, attested C"))
        #expect(try await shown("+12155559999", "--trunk", "ic-1").contains("foreign_cli_from_non_gateway"))
        #expect(try await shown("86:955881", "--trunk", "ent-1").contains("could not: code_outbound_not_granted"))
        #expect(try await shown("86:9558812", "--trunk", "ent-1").contains("could not: non_conforming_unallocated"))
        try await carrier.importTable(
            "listings", "list,first,source,valid_from\ndo_not_originate,\(own),its holder,0\n")
        let listed = try await shown(own, "--json")
        #expect(listed.contains(#""reason":"do_not_originate""#) && listed.contains(#""grant":1,"#))
        try await carrier.tool("ledger", "trunks", "shut", "--data", "data", "ent-1")
        #expect(try await shown(own, "--trunk", "ent-1").contains("could not: trunk_shut"))
    }

    @Test func `a delegation is made, and ends`() async throws {
        let carrier = try await carrier()
        let made = try await ledger(
            carrier, "delegations", "add", "--delegator", "carrier:505K", "--delegate", "customer:c1", "--first",
            "+12155552000", "--last", "+12155552099", "--purpose", "sales", "--from", "0")
        #expect(made.status == 0, "\(made.output)")
        try await carrier.approve("ent-1")
        let granted = try await ledger(
            carrier, "grants", "add", "--trunk", "ent-1", "--first", "+12155552000", "--from", "0", "--delegation", "1")
        #expect(granted.status == 0, "\(granted.output)")
        let refused = try await ledger(
            carrier, "grants", "add", "--trunk", "ent-1", "--first", "+12155552100", "--from", "0", "--delegation", "1")
        #expect(refused.status == 1 && refused.output.contains("outside_delegation"))
        #expect(try await ledger(carrier, "delegations", "end", "1", "--at", "5").status == 0)
        let after = try await ledger(carrier, "as-of", String(Carrier.now + 600), "--number", "+12155552000")
        #expect(after.status == 1 && after.output.contains("cli_not_authorised_for_trunk, delegation_not_in_force"))
    }

    @Test func `a peer is entered, suspended and taken up again, and goes`() async throws {
        let carrier = try await carrier()
        func peers(_ arguments: String...) async throws -> (status: Int32, output: String) {
            try await Program.run("countersign", ["peers"] + arguments + ["--data", "data"], in: carrier.folder)
        }
        let wrong = try await peers("add", "505K", "--address", "trunk.other.example")
        #expect(wrong.status == 1 && wrong.output.contains("column address: not host:port"))
        #expect(try await peers("show", "505K").output.contains("no peer 505K"))
        #expect(try await peers("add", "505K", "--address", "[::1]:7443", "--transit").status == 0)
        #expect(try await peers("add", "505K", "--contact", "noc@other.example").status == 0)
        #expect(try await peers("suspend", "505K", "--why", "flood").output.contains("the link with 505K is suspended"))
        #expect(
            try await peers("list").output
                == "505K\tsuspended\t[::1]:7443\ttransit\tnoc@other.example\tnever linked\n")
        #expect(try await peers("resume", "505K").status == 0)
        #expect(try await peers("add", "505K", "--no-transit").status == 0)
        try await carrier.importTable("trunks", "name,class,circuit,handover\nic-1,interconnect,E-7,true\n")
        let shown = try await peers("show", "505K").output
        #expect(shown.contains("state\tactive\n") && shown.contains("transit\tfalse\n"))
        #expect(shown.contains("trunk\tic-1\tinterconnect\tactive\tcircuit E-7\thandover\n"))
        #expect(shown.contains("takes\tnone\ngives\tnone\n"))
        #expect(try await peers("add", "505K", "--takes", "protected").output.contains("column takes: not lists of"))
        #expect(try await peers("add", "505K", "--takes", "shut_trunk,bad_number", "--gives", "bad_number").status == 0)
        #expect(try await peers("add", "505K", "--gives", "none").status == 0)
        #expect(try await peers("show", "505K").output.contains("takes\tbad_number shut_trunk\ngives\tnone\n"))
        #expect(try await peers("remove", "505K").output.contains("other tables name peers"))
        try await carrier.importTable("trunks", "name,class,handover\nic-1,interconnect,false\n")
        #expect(try await peers("remove", "505K", "--by", "li", "--why", "link ended").status == 0)
        #expect(try await ledger(carrier, "history").output.contains("li\tlink ended\tpeers 1\n"))
    }
}
