internal import Glibc
internal import Synchronization
internal import SystemPackage

/// The evidence of a day: text to which batches of records are appended, each durable before its answers leave.
///
/// ```
/// {"journal":{"version":3,"day":20261123,"previous":"00…"}}
/// {"at":1795435200017,"attest":"A",…}
/// {"at":1795435200017,"attest":"C",…}
/// {"marks":"wVEJx2QeQpF1Hh0a"}
/// {"batch":{"first":1,"count":2,"bytes":1804,"earliest":1795435200017,"latest":1795435200017,"records":2,"hash":"6ad1…"}}
/// ```
///
/// A batch counts once its last line is there and its hash holds. What else stands at the end when the file is opened again
/// was cut short by a crash, and no answer left on the strength of it; it is put aside, and told of. One write and one
/// fdatasync a commit is all that the disk is asked for; a database would write each record twice. When the day is over the
/// file stays as it is, and is made read-only.
final class Journal: Sendable {
    static let schemaVersion = 3

    private struct State {
        var last: Link
        /// All that counts of the file.
        var length: Int
        /// Something may stand behind that, which has to go first.
        var hasDebris = false
    }

    let day: UTCDay
    let path: String
    /// How many bytes were put aside when it was opened.
    let cut: Int
    private let file: FileDescriptor
    private let state: Mutex<State>

    /// Opens the day's file, making it if need be. `previous` is the last hash of the day before.
    init(_ day: UTCDay, in folder: RecordsFolder, previous: ChainHash) throws(RecordsError) {
        let path = folder.journal(of: day)
        do {
            let file = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.append, .create, .closeOnExec], permissions: [.ownerReadWrite])
            do {
                // The kernel lets go of it when the process ends, however it ends.
                guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else { throw RecordsError.anotherWriter(path: path) }
                let (state, cut) = try Self.prepare(file, path, day, previous, in: folder)
                try folder.makeDurable()
                self.state = Mutex(state)
                self.cut = cut
            } catch {
                Self.close(file)
                throw error
            }
            self.file = file
        } catch { throw RecordsError(error, path: path) }
        self.day = day
        self.path = path
    }

    deinit { Self.close(file) }

    /// Closing alone would not do: a child that is being started has a copy of the descriptor until it becomes another
    /// program, and with it the lock.
    private static func close(_ file: FileDescriptor) {
        flock(file.rawValue, LOCK_UN)
        try? file.close()
    }

    private static func prepare(
        _ file: FileDescriptor, _ path: String, _ day: UTCDay, _ previous: ChainHash, in folder: RecordsFolder
    ) throws -> (State, cut: Int) {
        let length = Int(try file.seek(offset: 0, from: .end))
        let reader = try JournalReader(path, day: day)
        if let found = try reader.lastThatCounts(before: length) {
            try cut(file, from: found.end, to: length, reader, folder)
            return (State(last: found.last, length: found.end), length - found.end)
        }
        // A first line that was cut short is the only thing that may stand there instead of one.
        guard length <= JournalReader.longestLine, try !reader.bytes(0..<length).contains(UInt8(ascii: "\n")) else {
            throw RecordsError.damaged(path: path, reason: "its first line cannot be read")
        }
        try cut(file, from: 0, to: length, reader, folder)
        let line = JournalHeader(day: day, previous: previous).line
        try write(line, to: file)
        return (State(last: .start(previous), length: line.count), length)
    }

    private static func cut(
        _ file: FileDescriptor, from start: Int, to end: Int, _ reader: JournalReader, _ folder: RecordsFolder
    ) throws {
        guard start < end else { return }
        // On a full disk it cannot be kept, but calls must go on.
        try? folder.keep(try reader.bytes(start..<end), cutFrom: reader.day)
        try file.resize(to: Int64(start))
    }

    /// The last record's place and hash; before the first record, the last hash of the day before.
    var last: Link { state.withLock { $0.last } }

    /// Returns when all is on the disk. One thread at a time.
    ///
    /// When it fails, nothing of it counts: not now, and, unless the disk refuses even that, not after a restart.
    func append(_ lines: RecordLines, from first: RecordID) throws(RecordsError) {
        try settle()
        var (last, length) = state.withLock { ($0.last, $0.length) }
        let text = Self.text(of: lines, from: first, continuing: &last)
        do {
            try Self.write(text, to: file)
        } catch {
            // Whether any of it is on the disk, nobody knows.
            state.withLock { $0.hasDebris = true }
            try? settle()
            throw RecordsError(error, path: path)
        }
        length += text.count
        state.withLock { [last, length] in ($0.last, $0.length) = (last, length) }
    }

    private static func text(of lines: RecordLines, from first: RecordID, continuing last: inout Link) -> [UInt8] {
        var marks: [UInt64] = []
        marks.reserveCapacity(lines.count)
        for index in 0..<lines.count {
            let digest = RecordDigest(ofLine: index, of: lines)
            marks.append(digest.mark)
            last.hash.extend(by: digest, id: first.number + index)
        }
        last.sequence = first.sequence + lines.count - 1
        last.records += lines.count
        last.latest = lines.latest
        var text: [UInt8] = []
        text.reserveCapacity(lines.bytes.count + BatchMarks.length(for: lines.count) + JournalReader.longestLine)
        text += lines.bytes
        text.append(UInt8(ascii: "\n"))
        let seal = BatchSeal(lines, from: first.sequence, records: last.records, hash: last.hash)
        text += BatchMarks(marks).line
        text += seal.line
        return text
    }

    /// Takes away what a failed ``append(_:from:)`` may have left.
    func settle() throws(RecordsError) {
        let (length, hasDebris) = state.withLock { ($0.length, $0.hasDebris) }
        guard hasDebris else { return }
        do {
            try file.resize(to: Int64(length))
            guard fdatasync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        } catch { throw RecordsError(error, path: path) }
        state.withLock { $0.hasDebris = false }
    }

    /// When the day is over: nobody writes to it by mistake, and a clock that is behind does not open it again.
    func close() throws(RecordsError) {
        guard fchmod(file.rawValue, RecordsFolder.readOnly) == 0 else {
            throw RecordsError(Errno(rawValue: errno), path: path)
        }
    }

    private static func write(_ text: [UInt8], to file: FileDescriptor) throws {
        try file.writeAll(text)
        guard fdatasync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
    }
}

/// The last link of a day's chain: what the next record's hash starts from.
struct Link: Sendable {
    var sequence: Int
    /// Of the day.
    var records: Int
    /// Of the last batch, in milliseconds since 1970.
    var latest: Int
    var hash: ChainHash

    static func start(_ previous: ChainHash) -> Link { Link(sequence: 0, records: 0, latest: 0, hash: previous) }
}

extension Link {
    init(_ seal: BatchSeal) {
        self.init(sequence: seal.last, records: seal.records, latest: seal.latest, hash: seal.hash)
    }
}
