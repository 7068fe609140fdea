import ArgumentParser
import Foundation
import Ledger

struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Who may show which number over which trunk, and when.",
        discussion: """
            The tables, in the order in which they name each other:

              carriers     spc,name,country,gateway,enrolled_from
              peers        carrier,address,state,transit,contact,takes,gives
              holdings     carrier,first,last             ranges a carrier holds
              ported       number,carrier                 numbers that moved to another
              customers    id,name,kind,entity,industry
              licences     id,customer,scope,valid_from,valid_to
              trunks       name,class,state,customer,peer,line,service,use,contract,enrolled_from,circuit,handover
              approvals    trunk,by,at,why
              delegations  id,delegator,delegate,first,last,purpose,valid_from,valid_to,onward,parent
              grants       id,trunk,first,last,use,outbound,hours,valid_from,valid_to,delegation
              listings     list,first,last,source,valid_from,valid_to

            Numbers are written +8657188880000, or 86:95588 for a country's own code; times in seconds since 1970 or \
            as 2026-11-23T10:00:00+08:00, days of licences as 2026-11-30. A running daemon takes up a change within a second.
            """,
        subcommands: [
            LedgerInit.self, LedgerImport.self, LedgerExport.self, LedgerList.self, LedgerHistory.self,
            LedgerAsOf.self, TrunksCommand.self, GrantsCommand.self, DelegationsCommand.self,
        ])
}

struct LedgerInit: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "init", abstract: "Make an empty ledger.")

    @OptionGroup var folder: LedgerFolder

    func run() throws {
        try reportingLedgerErrors {
            try FileManager.default.createDirectory(
                atPath: folder.data, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            _ = try LedgerStore.create(at: folder.data)
        }
    }
}

/// One table as CSV, or the whole ledger as JSON.
enum LedgerContent: ExpressibleByArgument, CaseIterable {
    case table(LedgerTable)
    case json

    init?(argument: String) {
        guard let content = Self.allCases.first(where: { $0.defaultValueDescription == argument }) else { return nil }
        self = content
    }

    static var allCases: [LedgerContent] { LedgerTable.allCases.map(LedgerContent.table) + [.json] }
    static var allValueStrings: [String] { allCases.map(\.defaultValueDescription) }

    var defaultValueDescription: String {
        switch self {
        case .table(let table): table.rawValue
        case .json: "json"
        }
    }
}

struct LedgerImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Read tables from CSV files, or the whole ledger from a JSON file.",
        discussion: """
            All files are one change: all rows or none. Each row that is wrong is reported with its line, column and reason. A \
            column that a file does not have stays as it is, and a row that is the same already changes nothing.
            """)

    @OptionGroup var folder: LedgerFolder
    @OptionGroup var author: LedgerAuthor
    @OptionGroup var plan: PlanOption

    @Flag(help: "Take each file as its whole table: rows that it leaves out go.")
    var replace = false

    @Argument(
        help: ArgumentHelp(
            "A table and its file, as often as needed, or json and its file; - for standard input.",
            valueName: "table-file"),
        completion: .file())
    var contents: [String]

    func validate() throws { _ = try files() }

    func run() throws {
        try reportingLedgerErrors {
            let store = try folder.store()
            let mode: ImportMode = replace ? .replace : .merge
            let act = author.act("import"), plan = try plan.load()
            var tables: [LedgerFile] = []
            var count = 0
            for (content, file) in try files() {
                let input = try Self.input(file)
                switch content {
                case .table(let table):
                    tables.append(LedgerFile(table) { [UInt8](try input.read(upToCount: 65536) ?? Data()) })
                case .json:
                    count += try store.importJSON(
                        [UInt8](try input.readToEnd() ?? Data()), mode: mode, by: act, under: plan)
                }
            }
            count += try store.importCSV(tables, mode: mode, by: act, under: plan)
            printToStandardError("imported \(count) rows; the ledger is at version \(try store.version())")
        }
    }
}

extension LedgerImport {
    private func files() throws -> [(content: LedgerContent, file: String)] {
        guard contents.count % 2 == 0 else {
            throw ValidationError("each table goes with a file: carriers carriers.csv")
        }
        let files = try stride(from: 0, to: contents.count, by: 2).map { place in
            guard let content = LedgerContent(argument: contents[place]) else {
                let names = LedgerContent.allValueStrings.joined(separator: ", ")
                throw ValidationError("\(contents[place]) is not one of \(names)")
            }
            return (content, contents[place + 1])
        }
        let names = files.map(\.0.defaultValueDescription)
        guard Set(names).count == names.count, names.count == 1 || !names.contains("json") else {
            throw ValidationError("each table comes once, and json alone")
        }
        return files
    }
}

extension LedgerImport {
    private static func input(_ file: String) throws -> FileHandle {
        if file == "-" { return .standardInput }
        guard let input = FileHandle(forReadingAtPath: file) else {
            throw CocoaError(.fileReadNoSuchFile, userInfo: [NSFilePathErrorKey: file])
        }
        return input
    }
}

struct LedgerExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a table as CSV, or the whole ledger as JSON, to standard output.")

    @OptionGroup var folder: LedgerFolder

    @Argument(help: "What to write.")
    var content: LedgerContent = .json

    func run() throws {
        try reportingLedgerErrors {
            let store = try folder.store()
            let write = { (text: String) in try FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) }
            switch content {
            case .table(let table): try store.exportCSV(table, to: write)
            case .json: try store.exportJSON(to: write)
            }
        }
    }
}

struct LedgerList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show a table, or how many rows each has.")

    @OptionGroup var folder: LedgerFolder

    @Argument(help: "The table.")
    var table: LedgerTable?

    func run() throws {
        try reportingLedgerErrors {
            let store = try folder.store()
            guard let table else {
                for (table, rows) in try store.counts() { print("\(table.rawValue)\t\(rows)") }
                print("version\t\(try store.version())")
                return
            }
            print(table.columns.joined(separator: "\t"))
            try store.eachRow(of: table) { values in
                print(values.map { $0 ?? "-" }.joined(separator: "\t"))
            }
        }
    }
}

extension LedgerTable: ExpressibleByArgument {}

/// What is the operator's to mend is said on standard error, a line each, and ends the command.
func reportingLedgerErrors(_ body: () throws -> Void) throws {
    do {
        try body()
    } catch let error as LedgerError {
        for line in error.description.split(separator: "\n") { printToStandardError("countersign: error: \(line)") }
        if case .rows = error {
            printToStandardError("countersign: nothing was changed; mend this and try again")
        }
        throw ExitCode.failure
    } catch let error as CommandFault {
        printToStandardError("countersign: error: \(error)")
        throw ExitCode.failure
    } catch let error as CocoaError {
        let path = error.filePath ?? error.url?.path ?? "a file"
        printToStandardError(
            "countersign: error: cannot use \(path); see who may read and write it with: ls -l \(path)")
        throw ExitCode.failure
    } catch {
        printToStandardError("countersign: error: the ledger cannot be used: \(error)")
        throw ExitCode.failure
    }
}

func printToStandardError(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
}
