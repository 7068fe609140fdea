internal import Foundation
internal import Glibc
internal import LibCrypto
internal import SystemPackage

/// What an authority has done, a JSON object a line, only ever appended to: an entry is on the disk before the
/// certificate or the CRL it tells of leaves.
struct IssuingLog {
    enum Entry: Codable {
        case issued(at: Int, serial: String, subject: String, issuer: String, notAfter: Int, pem: String)
        case revoked(at: Int, serial: String, reason: RevocationReason)
        case published(at: Int, number: Int, indirect: Bool)
    }

    let path: String

    /// Gives `body` all entries and appends those it returns, while nobody else does the same.
    func update<Value>(_ body: ([Entry]) throws -> (Value, [Entry])) throws -> Value {
        let file = try FileDescriptor.open(
            FilePath(path), .readWrite, options: [.create, .closeOnExec],
            permissions: [.ownerReadWrite, .groupRead, .otherRead])
        return try file.closeAfter {
            guard flock(file.rawValue, LOCK_EX) == 0 else { throw FileFault.notWritten(path, "cannot be locked") }
            let content = try FileHandle(fileDescriptor: file.rawValue).readToEnd() ?? Data()
            // Without its end a line was cut off by a crash, and what it tells of never left.
            let whole = content.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            let (value, added) = try body(try entries(in: content.prefix(whole)))
            if added.isEmpty { return value }
            try file.resize(to: Int64(whole))
            try file.seek(offset: Int64(whole), from: .start)
            _ = try file.writeAll(try added.flatMap { try Self.encoder.encode($0) + [UInt8(ascii: "\n")] })
            guard fsync(file.rawValue) == 0 else { throw FileFault.notWritten(path, "fsync failed") }
            return value
        }
    }

    private func entries(in content: Data) throws -> [Entry] {
        try content.split(separator: UInt8(ascii: "\n")).enumerated().map { index, line in
            do { return try JSONDecoder().decode(Entry.self, from: Data(line)) } catch {
                throw FileFault.notRead(path, "line \(index + 1) is no entry of an issuing log")
            }
        }
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

extension IssuingLog.Entry {
    init(_ certificate: Certificate, at now: Int) {
        self = .issued(
            at: now, serial: certificate.serialNumber, subject: certificate.subjectText, issuer: certificate.issuerText,
            notAfter: certificate.notAfter, pem: certificate.pem)
    }
}
