import ArgumentParser
import Keys

extension KeysCommand {
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell where each credential stands.",
            discussion: """
                For a monitor, it ends with 2 if it is time to rotate or a chain that peers may ask for is not published \
                any more, and with 3 if nothing signs that peers would take.
                """)

        @OptionGroup var place: Place
        @Flag(help: "Tell of those that are retired, destroyed or withdrawn too.") var all = false
        @Flag(help: "Print JSON Lines.") var json = false

        func run() async throws {
            let code = try await KeysCommand.reportingFaults {
                let store = try place.store(), days = try store.settings().rotateDays
                let credentials = try store.credentials(), files = KeyFiles(data: place.data)
                let gone = credentials.filter { $0.isToBeUp && !files.isUp($0) }
                let lines =
                    credentials
                    .filter { all || ($0.withdrawn == nil && $0.state != .destroyed) }
                    .map { CredentialLine($0, isGone: gone.contains($0), rotateDays: days, at: KeysCommand.now) }
                if json {
                    for line in lines { print(try line.json) }
                } else {
                    printTable(CredentialLine.titles, lines.map(\.cells))
                }
                for credential in gone {
                    Console.note(
                        "the chain of \(credential.id) is not in \(files.path(ofChain: credential.id)), where peers ask for "
                            + "it: put it back with: countersign keys retire")
                }
                return exitCode(credentials.first { $0.state == .active }, gone, days)
            }
            if code != 0 { throw ExitCode(code) }
        }

        private func exitCode(_ active: StoredCredential?, _ gone: [StoredCredential], _ days: Int) -> Int32 {
            guard let active, let urgency = active.urgency(rotateDays: days, at: KeysCommand.now), urgency != .expired,
                !gone.contains(active)
            else { return 3 }
            return urgency == .notYet && gone.isEmpty ? 0 : 2
        }
    }

    struct History: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell every step that was taken: when, who, why; the newest last.")

        @OptionGroup var place: Place
        @Flag(help: "Print JSON Lines.") var json = false
        @Argument(help: "Only of this credential.") var id: String?

        func run() async throws {
            try await KeysCommand.reportingFaults {
                let entries = try place.store().history(of: id)
                if json {
                    for entry in entries { print(try jsonLine(entry)) }
                } else {
                    printTable(
                        ["TIME", "WHO", "STEP", "CREDENTIAL", "WHY"],
                        entries.map { [UTC.text($0.at), $0.who, $0.step, $0.credential ?? "-", $0.why] })
                }
            }
        }
    }
}

private struct CredentialLine: Encodable {
    static let titles = ["ID", "STATE", "EXPIRES", "ROTATE BY", "SETTLED", "KEY", "URL"]

    let id, state, key, url, stagedBy: String
    let approvedBy, expires, rotateBy, urgency: String?
    let settled, keyDestroyed, withdrawn: String?
    /// Its chain is to be published, and is not.
    let isGone: Bool

    init(_ credential: StoredCredential, isGone: Bool, rotateDays: Int, at now: Int) {
        id = credential.id
        state = credential.state.rawValue
        key = credential.key
        url = credential.url
        stagedBy = credential.stagedBy
        approvedBy = credential.approvedBy
        expires = credential.notAfter.map(UTC.text)
        rotateBy = credential.dueDate(rotateDays: rotateDays).map(UTC.text)
        urgency = credential.urgency(rotateDays: rotateDays, at: now).map { "\($0)" }
        settled = credential.settled.map(UTC.text)
        keyDestroyed = credential.isInHardware ? nil : credential.keyDestroyed.map(UTC.text)
        withdrawn = credential.withdrawn.map(UTC.text)
        self.isGone = isGone
    }

    var cells: [String] {
        [
            id, state, expires ?? "no chain yet", rotateBy ?? "-", settled ?? "-",
            keyDestroyed == nil ? key : "destroyed", url,
        ]
    }

    var json: String { get throws { try jsonLine(self) } }
}
