import NIOCore
import NIOPosix
import Testing
import TrunkProtocol

@Suite struct ListenerTests {
    @Test func `requests over a real socket are answered`() async throws {
        let listener = try await SwitchListener.bind(
            host: "127.0.0.1", port: 0, group: MultiThreadedEventLoopGroup.singleton
        ) { _ in Responder(respond: { _, _, reply in reply.complete(with: .pong) }) }
        let client = try await SwitchClient.connect(host: "127.0.0.1", port: listener.address.port!)
        let answer = try await client.call("ping")
        #expect(String(decoding: answer, as: UTF8.self) == #"{"jsonrpc":"2.0","id":1,"result":{"pong":true}}"#)
        try await client.close()
        try await listener.shutDown()
    }
}
