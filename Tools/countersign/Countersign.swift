import ArgumentParser

@main
struct Countersign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "countersign",
        abstract: "Runs a carrier's caller attestation: certificates, keys, ledger, records, and calls by hand.",
        subcommands: [
            CertificateAuthorityCommand.self, KeysCommand.self, LedgerCommand.self, PeersCommand.self,
            NoticesCommand.self, SharedCommand.self, TraceCommand.self, RecordsCommand.self, OrigidCommand.self,
            SignCommand.self, VerifyCommand.self, NumberCommand.self, JudgeCommand.self,
        ])
}
