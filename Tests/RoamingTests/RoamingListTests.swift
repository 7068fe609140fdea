import NumberPlan
import Policy
import Roaming
import Testing

@Suite struct `The file of who is abroad` {
    private func outcomes(_ text: String) throws -> [RoamingOutcome] {
        let list = try RoamingList(file: Array(text.utf8))
        return (1...3).map { list.outcome(for: subscriber($0)) }
    }

    @Test(arguments: ["", "\u{FEFF}"], ["\n", "\r\n"])
    func `says of each number where it is, and of others nothing`(_ mark: String, _ end: String) throws {
        let text = mark + ["number,roaming", "+8613800000001,abroad", "+8613800000002,home"].joined(separator: end)
        #expect(try outcomes(text) == [.abroad, .home, .unknown(.numberNotKnown)])
        #expect(try outcomes(text + end) == [.abroad, .home, .unknown(.numberNotKnown)])
    }

    @Test func `may say that all others are at home`() throws {
        #expect(try outcomes("number,roaming\n*,home\n+8613800000001,abroad\n") == [.abroad, .home, .home])
        #expect(try outcomes("number,roaming\n") == Array(repeating: .unknown(.numberNotKnown), count: 3))
    }

    static let faults: [(String, RoamingListFault)] = [
        ("", RoamingListFault(line: 1, .noHeader)),
        ("+8613800000001,abroad\n", RoamingListFault(line: 1, .noHeader)),
        ("number,roaming,\n", RoamingListFault(line: 1, .noHeader)),
        ("number,roaming\n+8613800000001\n", RoamingListFault(line: 2, .notTwoFields)),
        ("number,roaming\n+8613800000001,abroad,TH\n", RoamingListFault(line: 2, .notTwoFields)),
        ("number,roaming\n\n+8613800000001,abroad\n", RoamingListFault(line: 2, .notTwoFields)),
        ("number,roaming\n*,home\n8613800000001,abroad\n", RoamingListFault(line: 3, .notANumber)),
        ("number,roaming\n\"+8613800000001\",abroad\n", RoamingListFault(line: 2, .notANumber)),
        ("number,roaming\n86:95588,abroad\n", RoamingListFault(line: 2, .notANumber)),
        ("number,roaming\n+8613800000001,yes\n", RoamingListFault(line: 2, .notAnAnswer)),
        ("number,roaming\n+8613800000001, abroad\n", RoamingListFault(line: 2, .notAnAnswer)),
        ("number,roaming\n*,abroad\n", RoamingListFault(line: 2, .othersAbroad)),
        ("number,roaming\n*,home\n*,home\n", RoamingListFault(line: 3, .repeated)),
        (
            "number,roaming\n+8613800000001,abroad\n+8613800000001,abroad\n",
            RoamingListFault(line: 3, .repeated)
        ),
        (String(repeating: "x", count: RoamingList.largestFile + 1), RoamingListFault(line: nil, .tooLarge)),
    ]

    @Test(arguments: faults.indices)
    func `is refused with the line that is wrong`(_ index: Int) {
        let (text, fault) = Self.faults[index]
        #expect(throws: fault) { try RoamingList(file: Array(text.utf8)) }
    }

    @Test func `has a case for each of its faults`() {
        let reasons = Set(Self.faults.map(\.1.reason))
        #expect(reasons == Set(RoamingListFault.Reason.allCases))
    }
}
