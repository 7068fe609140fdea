import NIOCore
import NIOPosix
import Testing
import TrunkProtocol

@Suite(.timeLimit(.minutes(2))) struct SwitchClientTests {
    private static let group = MultiThreadedEventLoopGroup.singleton

    /// Accepts connections, of which it reads nothing.
    private func deaf() async throws -> any Channel {
        try await ServerBootstrap(group: Self.group)
            .childChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0).get()
    }

    private func client(_ server: any Channel) async throws -> SwitchClient {
        try await SwitchClient.connect(
            host: "127.0.0.1", port: server.localAddress!.port!, timeout: .seconds(600))
    }

    @Test func `what is not read piles up so far and no further`() async throws {
        let server = try await deaf(), client = try await client(server)
        let params = Array(#"{"orig":"\#(String(repeating: "1", count: 60_000))"}"#.utf8)
        let failures = try await withThrowingTaskGroup(of: SwitchClient.Failure?.self) { calls in
            // More than two sockets hold.
            for _ in 0..<300 {
                calls.addTask {
                    do {
                        _ = try await client.call("sign", params: params)
                        return nil
                    } catch { return error as? SwitchClient.Failure }
                }
            }
            var failures = [try await calls.next()]
            try await client.close()
            for try await failure in calls { failures.append(failure) }
            return failures
        }
        #expect(failures.first == .notTaken)
        #expect(failures.allSatisfy { $0 == .notTaken || $0 == .closed })
        #expect(failures.contains(.closed))
        try await server.close()
    }

    @Test func `a connection is waited for until the other end closes it`() async throws {
        let (connections, accepted) = AsyncStream.makeStream(of: (any Channel).self)
        let server = try await ServerBootstrap(group: Self.group)
            .childChannelInitializer { channel in
                accepted.yield(channel)
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let client = try await client(server)
        for await connection in connections {
            try await connection.close()
            break
        }
        await client.untilClosed()
        await #expect(throws: SwitchClient.Failure.closed) { try await client.call("ping") }
        try await server.close()
    }

    @Test func `a connection is closed when nobody waits for its end any more`() async throws {
        let server = try await deaf(), client = try await client(server)
        let waiting = Task { await client.untilClosed() }
        waiting.cancel()
        await waiting.value
        await #expect(throws: SwitchClient.Failure.closed) { try await client.call("ping") }
        try await server.close()
    }
}
