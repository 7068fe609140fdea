import ArgumentParser
import Foundation
import Ledger

struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Who may show which number over which trunk, and when.",
        discussion: """
            The tables, in the order in which they name each other:

              carriers   spc,name,country
              holdings   carrier,first,last             ranges a carrier holds
              customers  id,name
              trunks     name,class,customer,peer,line,enrolled_from
              grants     id,trunk,first,last,valid_from,valid_to

            Numbers are written +8657188880000, or 86:95588 for a country's own code; times in seconds since 1970. \
            A running daemon takes up a change within a second.
            """,
        subcommands: [LedgerInit.self, LedgerImport.self, LedgerExport.self, LedgerList.self])
}

struct LedgerFolder: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The data folder.", valueName: "folder"))
    var data: String
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
        commandName: "import", abstract: "Read a table from a CSV file, or the whole ledger from a JSON file.",
        discussion: "All rows or none. Each row that is wrong is reported with its line, column and reason.")

    @OptionGroup var folder: LedgerFolder

    @Flag(help: "Take the file as the whole table: rows that it leaves out go.")
    var replace = false

    @Argument(help: "What the file holds.")
    var content: LedgerContent

    @Argument(help: "The file; - for standard input.", completion: .file())
    var file: String

    func run() throws {
        try reportingLedgerErrors {
            let store = try LedgerStore.open(at: folder.data)
            let input = try Self.input(file)
            let mode: ImportMode = replace ? .replace : .merge
            let count =
                switch content {
                case .table(let table):
                    try store.importCSV(table, mode: mode) { [UInt8](try input.read(upToCount: 65536) ?? Data()) }
                case .json: try store.importJSON([UInt8](try input.readToEnd() ?? Data()), mode: mode)
                }
            printToStandardError("imported \(count) rows; the ledger is at version \(try store.version())")
        }
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
            let store = try LedgerStore.open(at: folder.data)
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
            let store = try LedgerStore.open(at: folder.data)
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
            printToStandardError("countersign: nothing was imported; mend these rows and import again")
        }
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
