internal import Certificates
internal import NumberPlan
internal import Policy
internal import Roaming
internal import Synchronization

/// The file of who is abroad, as every call sees it: one value, swapped whole when the file has changed.
final class RoamingFile: Sendable {
    private struct State {
        var list: RoamingList
        /// How the file looked before that was read from it.
        var looked: WatchedFolder.State
    }

    private let folder: WatchedFolder
    private let name: String
    private let state: Mutex<State>

    init(folder: String, name: String) throws(ConfigurationError) {
        self.folder = WatchedFolder(folder)
        self.name = name
        let looked = self.folder.state(of: name)
        state = Mutex(State(list: try Self.list(in: self.folder, name), looked: looked))
    }

    func outcome(for number: TelephoneNumber) -> RoamingOutcome { state.withLock { $0.list }.outcome(for: number) }

    /// Since it was read, or could not be.
    var hasChanged: Bool { folder.state(of: name) != state.withLock { $0.looked } }

    /// What it said before counts on if it cannot be read.
    ///
    /// - Returns: how many numbers are in it.
    func read() throws(ConfigurationError) -> Int {
        let looked = folder.state(of: name)
        state.withLock { $0.looked = looked }
        let list = try Self.list(in: folder, name)
        state.withLock { $0.list = list }
        return list.count
    }

    private static func list(in folder: WatchedFolder, _ name: String) throws(ConfigurationError) -> RoamingList {
        let path = "\(folder.path)/\(name)"
        let text: [UInt8]
        do throws(FileFault) { text = try folder.read(name, atMost: RoamingList.largestFile) } catch {
            guard case .notRead(_, let reason) = error else {
                throw ConfigurationError(file: path, line: nil, reason: "\(error)")
            }
            throw ConfigurationError(file: path, line: nil, reason: reason)
        }
        do throws(RoamingListFault) { return try RoamingList(file: text) } catch {
            throw ConfigurationError(file: path, line: error.line, reason: "\(error.reason)")
        }
    }
}
