internal import Foundation
internal import GRDB
internal import LibCrypto

/// What is exchanged with other carriers and must outlive the process: one SQLite file in the data folder.
///
/// The daemon and the tool both write it, each change in one transaction. What has been acknowledged to a peer is in it,
/// and what a peer has not acknowledged still is.
package final class ExchangeStore: Sendable {
    package static let fileName = "exchange.sqlite"

    let path: String
    let database: DatabaseQueue
    /// `PRAGMA data_version` tells a connection of others' changes only, so this one makes none.
    private let watch: DatabaseQueue
    /// Made with the file, and never again: a peer that sees another knows that what it was told before is lost.
    package let instance: String

    /// Opens the file of a data folder, making it if there is none.
    package init(folder: String) throws(ExchangeFault) {
        path = "\(folder)/\(Self.fileName)"
        do {
            if !FileManager.default.fileExists(atPath: path) {
                // An empty file is a new database to SQLite. What cannot be made cannot be opened, which is told of.
                _ = FileManager.default.createFile(
                    atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
            }
            var configuration = Configuration()
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(10)
            database = try DatabaseQueue(path: path, configuration: configuration)
            // Once it is open, since opening it in this mode sets NORMAL: an acknowledgement must outlive a power cut.
            try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            guard try database.read({ try !ExchangeSchema.migrator.hasBeenSuperseded($0) }) else {
                throw ExchangeFault.newer(path: path)
            }
            try ExchangeSchema.migrator.migrate(database)
            watch = try DatabaseQueue(path: path, configuration: configuration)
            instance = try database.write { db in
                if let known = try String.fetchOne(db, sql: "SELECT instance FROM own") { return known }
                var random = RandomBytes()
                let made = random.uuid()
                try db.execute(sql: "INSERT INTO own VALUES (1, ?)", arguments: [made])
                return made
            }
        } catch { throw ExchangeFault(error, path: path) }
    }

    /// Of a folder in which there is one: for whoever only looks.
    package static func opened(in folder: String) throws(ExchangeFault) -> ExchangeStore {
        let path = "\(folder)/\(fileName)"
        guard FileManager.default.fileExists(atPath: path) else { throw .missing(path: path) }
        return try ExchangeStore(folder: folder)
    }

    /// Another value than before means that another process has changed something.
    package func dataVersion() throws(ExchangeFault) -> Int {
        do { return try watch.read { try Int.fetchOne($0, sql: "PRAGMA data_version") ?? 0 } } catch {
            throw ExchangeFault(error, path: path)
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(ExchangeFault) -> Value {
        do { return try database.read(body) } catch { throw ExchangeFault(error, path: path) }
    }

    func write<Value>(_ body: (Database) throws -> Value) throws(ExchangeFault) -> Value {
        do { return try database.write(body) } catch { throw ExchangeFault(error, path: path) }
    }
}
