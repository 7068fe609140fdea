import NIOCore
import NIOPosix
import Policy
import Roaming
import Synchronization
import Testing

/// Over real sockets on loopback.
@Suite(.timeLimit(.minutes(2))) struct `Asking an operator's service` {
    /// Runs the connection for as long as `body` takes.
    private func asking(
        _ port: Int, deadline: TimeAmount = .seconds(60), patience: TimeAmount = .seconds(60),
        _ body: (RoamingService) async throws -> Void
    ) async throws {
        let service = RoamingService(
            host: "127.0.0.1", port: port, group: .singletonMultiThreadedEventLoopGroup, deadline: deadline,
            patience: patience, jitter: { 0 })
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { await service.run() }
            try await body(service)
            tasks.cancelAll()
        }
    }

    private func connected(_ service: RoamingService) async throws { try await eventually { service.isConnected } }

    @Test func `puts the question as it is documented, and reads the three answers`() async throws {
        let questions = Mutex<[String]>([])
        let server = try await OperatorsService { question in
            questions.withLock { $0.append(question.text) }
            let result = ["8613800000001": "true", "8613800000002": "false"][question.number] ?? "null"
            return [OperatorsService.answer(question, #"{"roaming":\#(result),"country":"TH"}"#)]
        }
        try await asking(server.port) { service in
            try await connected(service)
            #expect(await service.outcome(for: subscriber(1)) == .abroad)
            #expect(await service.outcome(for: subscriber(2)) == .home)
            #expect(await service.outcome(for: subscriber(3)) == .unknown(.numberNotKnown))
            #expect(service.takeTidings(at: 0) == nil)
        }
        #expect(
            questions.withLock { $0.first }
                == #"{"jsonrpc":"2.0","id":1,"method":"roaming","params":{"tn":"8613800000001"}}"#)
        try await server.stop()
    }

    @Test func `tells of an answer for which no call can wait, and takes it`() async throws {
        let server = try await OperatorsService { [OperatorsService.answer($0, #"{"roaming":true}"#)] }
        try await asking(server.port, deadline: .zero) { service in
            try await connected(service)
            #expect(await service.outcome(for: subscriber(1)) == .abroad)
            #expect(service.takeTidings(at: 0) == .fails(.slow))
        }
        try await server.stop()
    }

    @Test func `takes answers in any order`() async throws {
        let first = Mutex<OperatorsService.Question?>(nil)
        let server = try await OperatorsService { question in
            let earlier = first.withLock { first in
                defer { first = question }
                return first
            }
            guard let earlier else { return [] }
            return [question, earlier].map {
                OperatorsService.answer($0, #"{"roaming":\#($0.number == "8613800000001")}"#)
            }
        }
        try await asking(server.port) { service in
            try await connected(service)
            async let one = service.outcome(for: subscriber(1))
            async let two = service.outcome(for: subscriber(2))
            #expect(await [one, two] == [.abroad, .home])
        }
        try await server.stop()
    }

    /// What a service does that is asked about the number 1.
    struct Fault: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let doubt: RoamingDoubt
        var patience: TimeAmount = .seconds(60)
        let acts: @Sendable (OperatorsService.Question) -> [OperatorsService.Act]

        static func answering(_ name: String, _ text: @escaping @Sendable (Int) -> String) -> Fault {
            Fault(testDescription: name, doubt: .badAnswer) { [.send(netstring(text($0.id)))] }
        }
    }

    static let faults = [
        Fault(testDescription: "silence", doubt: .timedOut, patience: .milliseconds(50)) { _ in [] },
        Fault(testDescription: "half an answer and silence", doubt: .timedOut, patience: .milliseconds(50)) { _ in
            [.send("60:{\"jsonrpc\":")]
        },
        Fault(testDescription: "half an answer and the end", doubt: .serviceDown) { _ in
            [.send("60:{\"jsonrpc\":"), .close]
        },
        Fault(testDescription: "the end", doubt: .serviceDown) { _ in [.close] },
        Fault(testDescription: "garbage", doubt: .badAnswer) { _ in [.send("HTTP/1.1 400 Bad Request\r\n\r\n")] },
        Fault(testDescription: "a huge answer", doubt: .badAnswer) { _ in [.send("9999999:")] },
        Fault(testDescription: "a deep one", doubt: .badAnswer) { question in
            let deep = String(repeating: "[", count: 1_000) + String(repeating: "]", count: 1_000)
            return [OperatorsService.answer(question, deep)]
        },
        .answering("no JSON") { _ in "roaming" },
        .answering("an answer to nothing") { _ in #"{"jsonrpc":"2.0","result":{"roaming":true}}"# },
        .answering("an answer to another's question") {
            #"{"jsonrpc":"2.0","id":\#($0 + 7),"result":{"roaming":true}}"#
        },
        .answering("an id as text") { #"{"jsonrpc":"2.0","id":"\#($0)","result":{"roaming":true}}"# },
        .answering("an error") { #"{"jsonrpc":"2.0","id":\#($0),"error":{"code":-32000,"message":"Busy"}}"# },
        .answering("an error beside a result") {
            #"{"jsonrpc":"2.0","id":\#($0),"error":null,"result":{"roaming":true}}"#
        },
        .answering("no version") { #"{"id":\#($0),"result":{"roaming":true}}"# },
        .answering("another version") { #"{"jsonrpc":"1.0","id":\#($0),"result":{"roaming":true}}"# },
        .answering("no result") { #"{"jsonrpc":"2.0","id":\#($0)}"# },
        .answering("a result that is no object") { #"{"jsonrpc":"2.0","id":\#($0),"result":true}"# },
        .answering("nothing about roaming") { #"{"jsonrpc":"2.0","id":\#($0),"result":{}}"# },
        .answering("a text") { #"{"jsonrpc":"2.0","id":\#($0),"result":{"roaming":"true"}}"# },
        .answering("a number") { #"{"jsonrpc":"2.0","id":\#($0),"result":{"roaming":1}}"# },
        .answering("two answers in one") {
            #"{"jsonrpc":"2.0","id":\#($0),"result":{"roaming":false,"roaming":true}}"#
        },
    ]

    @Test(arguments: faults)
    func `costs the question nothing but its answer, and the next one nothing, whatever the service does`(
        _ fault: Fault
    ) async throws {
        let server = try await OperatorsService { question in
            guard question.number == "8613800000001" else {
                return [OperatorsService.answer(question, #"{"roaming":true}"#)]
            }
            return fault.acts(question)
        }
        try await asking(server.port, patience: fault.patience) { service in
            try await connected(service)
            #expect(await service.outcome(for: subscriber(1)) == .unknown(fault.doubt))
            guard case .fails(let failure) = service.takeTidings(at: 0) else {
                Issue.record("nobody is told")
                return
            }
            #expect(failure.doubt == fault.doubt)
            try await eventually { await service.outcome(for: subscriber(2)) == .abroad }
        }
        try await server.stop()
    }

    @Test(arguments: [[OperatorsService.Act.close], [.send(netstring(#"{"id":1}"#))], [.send("?")]])
    func `dials again and again where each connection is of no use`(_ first: [OperatorsService.Act]) async throws {
        let server = try await OperatorsService(first: first) { _ in [] }
        try await asking(server.port) { _ in try await eventually { server.connectionsSoFar > 2 } }
        try await server.stop()
    }

    @Test func `gives up a connection on which nothing is answered`() async throws {
        let server = try await OperatorsService { question in
            question.connection == 1 ? [] : [OperatorsService.answer(question, #"{"roaming":true}"#)]
        }
        try await asking(server.port, patience: .milliseconds(50)) { service in
            try await connected(service)
            #expect(await service.outcome(for: subscriber(1)) == .unknown(.timedOut))
            try await eventually { await service.outcome(for: subscriber(1)) == .abroad }
        }
        try await server.stop()
    }

    @Test func `is unknown at once while there is no service, and asks it as soon as there is`() async throws {
        let server = try await OperatorsService { _ in [] }, port = server.port
        try await server.stop()
        try await asking(port) { service in
            var tidings: RoamingAlarm.Tidings?
            try await eventually {
                tidings = service.takeTidings(at: 0)
                return tidings != nil
            }
            guard case .fails(.unreachable) = tidings else {
                Issue.record("\(String(describing: tidings))")
                return
            }
            #expect(await service.outcome(for: subscriber(1)) == .unknown(.serviceDown))
            let later = try await OperatorsService(port: port) {
                [OperatorsService.answer($0, #"{"roaming":true}"#)]
            }
            try await eventually { await service.outcome(for: subscriber(1)) == .abroad }
            _ = service.takeTidings(at: 20)
            #expect(service.takeTidings(at: 30) == .worksAgain)
            try await later.stop()
        }
    }

    @Test func `keeps the connection of a service that is slow with one question and not with others`() async throws {
        let questions = Mutex<[OperatorsService.Question]>([])
        let server = try await OperatorsService { question in
            questions.withLock { $0.append(question) }
            return question.number == "8613800000001" ? [] : [OperatorsService.answer(question, #"{"roaming":true}"#)]
        }
        try await asking(server.port, patience: .seconds(2)) { service in
            try await connected(service)
            async let slow = service.outcome(for: subscriber(1))
            try await eventually { questions.withLock { !$0.isEmpty } }
            try await eventually { await service.outcome(for: subscriber(2)) == .abroad }
            #expect(await slow == .unknown(.timedOut))
            #expect(await service.outcome(for: subscriber(3)) == .abroad)
            #expect(questions.withLock { $0.map(\.connection) } == [1, 1, 1])
        }
        try await server.stop()
    }
}
