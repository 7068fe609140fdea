internal import Foundation
internal import GRDB
internal import SystemPackage

/// All inquiries: a file of its own in the data folder, since the daemon alone writes records.
///
/// It is only added to, and an inquiry is on the disk before anything of what was found is told.
package final class Inquiries: Sendable {
    package static let fileName = "inquiries.sqlite"

    private let path: String
    private let database: DatabaseQueue

    /// Opens the file, making it if nobody has asked yet.
    package init(folder: String) throws(InquiryFault) {
        let path = "\(folder)/\(Self.fileName)"
        do {
            try Self.createFile(path)
            var configuration = Configuration()
            configuration.busyMode = .timeout(5)
            database = try DatabaseQueue(path: path, configuration: configuration)
            try database.writeWithoutTransaction { db in
                // With FULL and a rollback journal, what was committed just before a power cut can be gone.
                try db.execute(sql: "PRAGMA synchronous = EXTRA")
                try db.inTransaction(.immediate) {
                    if try Self.version(db, path) == 0 { try db.execute(sql: Self.schema) }
                    return .commit
                }
            }
        } catch { throw InquiryFault(error, path: path) }
        self.path = path
    }

    /// An empty file is a new database to SQLite. One that is there, made by whoever asks at the same time, is left as it is.
    private static func createFile(_ path: String) throws {
        do {
            try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: [.ownerReadWrite]
            ).close()
        } catch Errno.fileExists {}
    }

    /// 0 for a file in which nothing is yet.
    private static func version(_ db: Database, _ path: String) throws -> Int {
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard version <= 1 else { throw InquiryFault.newer(path: path) }
        return version
    }

    private static let schema = """
        CREATE TABLE inquiry (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL CHECK (at BETWEEN 0 AND 253402300799),
            "by" TEXT NOT NULL CHECK (length("by") <= \(Inquiry.longestBy) AND trim("by") <> ''),
            why TEXT NOT NULL CHECK (length(why) <= \(Inquiry.longestWhy) AND trim(why) <> ''),
            origid TEXT NOT NULL CHECK (length(origid) = 36),
            day INTEGER CHECK (day BETWEEN 19700101 AND 99991231),
            -- Ids of records, a blank between two.
            found TEXT NOT NULL CHECK (found NOT GLOB '*[^0-9 -]*')
        ) STRICT;

        -- INSERT OR REPLACE would delete without a trigger.
        CREATE TRIGGER inquiry_is_not_replaced BEFORE INSERT ON inquiry
        WHEN EXISTS (SELECT 1 FROM inquiry WHERE seq = NEW.seq)
        BEGIN SELECT RAISE(ABORT, 'inquiries are only added to'); END;

        CREATE TRIGGER inquiry_is_not_changed BEFORE UPDATE ON inquiry
        BEGIN SELECT RAISE(ABORT, 'inquiries are only added to'); END;

        CREATE TRIGGER inquiry_is_not_deleted BEFORE DELETE ON inquiry
        BEGIN SELECT RAISE(ABORT, 'inquiries are only added to'); END;

        PRAGMA user_version = 1
        """
}

extension Inquiries {
    /// Returns when it is on the disk.
    package func add(_ inquiry: Inquiry) throws(InquiryFault) {
        do {
            try database.write { db in
                try db.execute(
                    sql: #"INSERT INTO inquiry (at, "by", why, origid, day, found) VALUES (?, ?, ?, ?, ?, ?)"#,
                    arguments: [
                        inquiry.at, inquiry.by, inquiry.why, inquiry.origid, inquiry.day?.number,
                        inquiry.found.map(\.description).joined(separator: " "),
                    ])
            }
        } catch { throw InquiryFault(error, path: path) }
    }

    /// The newest so many, the newest last. Makes no file where nobody has asked yet.
    package static func list(_ limit: Int, inFolder folder: String) throws(InquiryFault) -> [Inquiry] {
        let path = "\(folder)/\(fileName)"
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            return try DatabaseQueue(path: path, configuration: configuration).read { db in
                guard try version(db, path) > 0 else { return [] }
                return try Row.fetchAll(
                    db, sql: #"SELECT at, "by", why, origid, day, found FROM inquiry ORDER BY seq DESC LIMIT ?"#,
                    arguments: [limit]
                ).map { row in
                    guard let inquiry = try? Inquiry(row) else {
                        throw InquiryFault.failed(path: path, reason: "it holds what nobody has asked")
                    }
                    return inquiry
                }.reversed()
            }
        } catch { throw InquiryFault(error, path: path) }
    }
}

extension Inquiry {
    fileprivate init?(_ row: Row) throws {
        try self.init(
            at: row.decode(atIndex: 0), by: row.decode(atIndex: 1), why: row.decode(atIndex: 2),
            origid: row.decode(atIndex: 3), day: row.decode(Int?.self, atIndex: 4).flatMap { UTCDay(number: $0) })
        let ids = try row.decode(String.self, atIndex: 5).split(separator: " ")
        found = ids.compactMap { RecordID(String($0)) }
        guard found.count == ids.count else { return nil }
    }
}

extension InquiryFault {
    fileprivate init(_ error: any Error, path: String) {
        switch error {
        case let own as InquiryFault: self = own
        case let error as DatabaseError:
            self = .failed(path: path, reason: error.message ?? "\(error.resultCode)")
        default: self = .failed(path: path, reason: "\(error)")
        }
    }
}
