internal import Jansson
package import NIOCore
package import NumberPlan
package import Policy
internal import Synchronization
internal import TrunkProtocol

/// The operator's own service that knows which subscribers are abroad: one connection, asked in JSON-RPC 2.0 with netstrings,
/// and dialled again when it is lost.
///
/// It is believed in what it says of a number, and in nothing else: whatever it does costs only the calls that depend on it.
package final class RoamingService: Sendable {
    private let host: String
    private let port: Int
    private let group: any EventLoopGroup
    private let deadline: TimeAmount
    private let patience: TimeAmount
    private let jitter: @Sendable () -> Double
    private let state = Mutex(State())

    private struct State {
        var connection: Connection?
        var alarm = RoamingAlarm()
    }

    private final class Connection: Sendable {
        let client: SwitchClient
        let answers = Atomic(0)

        init(_ client: SwitchClient) { self.client = client }
    }

    /// - Parameters:
    ///   - deadline: how long calls wait for an answer. One that takes longer is told of.
    ///   - patience: how long a question may take. Its call has long been decided then, but the next one gains by the answer.
    ///   - jitter: which part of a pause is waited, so that the daemons of a carrier do not all dial at once.
    package init(
        host: String, port: Int, group: any EventLoopGroup, deadline: TimeAmount, patience: TimeAmount = .seconds(2),
        jitter: @escaping @Sendable () -> Double = { .random(in: 0.5...1) }
    ) {
        self.host = host
        self.port = port
        self.group = group
        self.deadline = deadline
        self.patience = patience
        self.jitter = jitter
    }

    /// Keeps the connection up until the task is cancelled.
    package func run() async {
        var pause = Self.firstPause
        while !Task.isCancelled {
            let wasOfUse = await connectAndHold()
            pause = wasOfUse ? Self.firstPause : min(pause * 2, Self.longestPause)
            try? await Task.sleep(for: pause * jitter())
        }
    }

    private static let firstPause = Duration.milliseconds(100), longestPause = Duration.seconds(5)

    /// - Returns: whether anything was answered.
    private func connectAndHold() async -> Bool {
        let connection: Connection
        do {
            connection = Connection(
                try await SwitchClient.connect(
                    host: host, port: port, group: group, connectTimeout: .seconds(1), timeout: patience))
        } catch {
            noteFailure(.unreachable("\(error)"))
            return false
        }
        state.withLock { $0.connection = connection }
        await connection.client.untilClosed()
        state.withLock { $0.connection = nil }
        return connection.answers.load(ordering: .relaxed) > 0
    }

    package var isConnected: Bool { state.withLock { $0.connection != nil } }

    /// What there is to tell an operator. To be asked every second.
    ///
    /// - Parameter now: Unix time.
    package func takeTidings(at now: Int) -> RoamingAlarm.Tidings? {
        state.withLock { $0.alarm.takeTidings(isConnected: $0.connection != nil, at: now) }
    }

    private func noteFailure(_ failure: RoamingFailure) { state.withLock { $0.alarm.note(failure) } }
}

extension RoamingService {
    package func outcome(for number: TelephoneNumber) async -> RoamingOutcome {
        let asked = NIODeadline.now()
        do throws(RoamingFailure) {
            let outcome = try await ask(number)
            if NIODeadline.now() - asked > deadline { noteFailure(.slow) }
            return outcome
        } catch {
            noteFailure(error)
            return .unknown(error.doubt)
        }
    }

    private func ask(_ number: TelephoneNumber) async throws(RoamingFailure) -> RoamingOutcome {
        guard let connection = state.withLock({ $0.connection }) else { throw .notConnected }
        let answers = connection.answers.load(ordering: .relaxed)
        let answer: [UInt8]
        do {
            let params = #"{"tn":"\#(number.digits)"}"#
            answer = try await connection.client.call("roaming", params: Array(params.utf8))
        } catch {
            let failure = RoamingFailure(error)
            // Nobody may be at the other end any more, or somebody who answers nothing.
            if failure != .timedOut || connection.answers.load(ordering: .relaxed) == answers {
                try? await connection.client.close()
            }
            throw failure
        }
        connection.answers.add(1, ordering: .relaxed)
        return try RoamingOutcome(answer: answer)
    }
}

extension RoamingOutcome {
    /// Of `{"jsonrpc":"2.0","id":1,"result":{"roaming":true}}`, where `null` says that the service does not know.
    fileprivate init(answer: [UInt8]) throws(RoamingFailure) {
        guard let answer = try? JSON(parsing: answer.span), (try? answer.string("jsonrpc")) == "2.0",
            !answer.contains("error"), let result = try? answer.object("result")
        else { throw .notAnAnswer }
        switch result.kind(of: "roaming") {
        case .null: self = .unknown(.numberNotKnown)
        case .boolean: self = (try? result.optionalBoolean("roaming")) == true ? .abroad : .home
        default: throw .notAnAnswer
        }
    }
}

extension RoamingFailure {
    /// - Parameter error: of ``SwitchClient``.
    fileprivate init(_ error: any Error) {
        switch error as? SwitchClient.Failure {
        case .timedOut: self = .timedOut
        case .unexpectedAnswer: self = .notAnAnswer
        case .notTaken: self = .notTaken
        case .closed, nil: self = .notConnected
        }
    }
}
