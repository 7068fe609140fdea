import ArgumentParser
import Foundation
import Glibc
import Ledger

/// What the commands that work on the ledger ask.
struct LedgerFolder: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The data folder.", valueName: "folder"))
    var data: String

    func store() throws -> LedgerStore { try LedgerStore.open(at: data) }
}

/// Who changes the ledger and why: each change keeps it.
struct LedgerAuthor: ParsableArguments {
    @Option(help: "Who does this; else the user who is logged in.") var by: String?
    @Option(help: "Why.") var why: String?

    /// Before anything is done: the ledger would refuse it at the end.
    func validate() throws {
        for (option, value, longest) in [("--by", by, LedgerAct.longestBy), ("--why", why, LedgerAct.longestWhy)] {
            guard let value, !(1...longest).contains(value.unicodeScalars.count) else { continue }
            throw ValidationError("\(option) takes from 1 to \(longest) characters")
        }
    }

    func act(_ command: String) -> LedgerAct {
        LedgerAct(by: by ?? Self.user, why: why ?? command) { Int(Date().timeIntervalSince1970) }
    }

    /// In a container a user may have no name.
    private static var user: String {
        let name = NSUserName()
        return name.isEmpty ? "uid \(geteuid())" : name
    }
}
