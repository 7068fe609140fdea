import Certificates
import Exchange
import Foundation
import GRDB
import LibCrypto
import Statements
import Testing

/// The messages between two carriers, with the stores of both on disk.
@Suite struct StreamTests {
    let east = Folder(), west = Folder()

    private func message(_ text: String) -> SignedStatement { SignedStatement(unverified: text) }

    private func texts(_ store: ExchangeStore, after sequence: Int = 0) throws -> [String] {
        try store.outgoing(to: "2002", after: sequence, limit: 100).map(\.statement.text)
    }

    private func greeting(_ store: ExchangeStore, _ carrier: String, of other: String) throws -> PeerGreeting {
        PeerGreeting(carrier: carrier, instance: store.instance, known: try store.known(of: other))
    }

    @Test func `a store is one instance for as long as its file lives`() throws {
        let instance = try east.store.instance
        #expect(try east.store.instance == instance)
        #expect(try west.store.instance != instance)
    }

    @Test func `what is not acknowledged waits, in order, and over a restart`() throws {
        let store = try east.store
        for text in ["a", "b", "c"] { try store.send(message(text), .notice, to: "2002", at: 1) }
        #expect(try store.meet(greeting(west.store, "2002", of: "1001")) == .first)
        try store.acknowledge("2002", through: 1)
        let again = try east.store
        #expect(try again.outgoing(to: "2002", after: 0, limit: 9).map(\.sequence) == [2, 3])
        #expect(try texts(again, after: 2) == ["c"])
    }

    @Test func `what the other end says to have at a greeting is acknowledged by that`() throws {
        let store = try east.store
        _ = try store.meet(greeting(west.store, "2002", of: "1001"))
        for text in ["a", "b", "c"] { try store.send(message(text), .notice, to: "2002", at: 1) }
        let met = PeerGreeting(carrier: "2002", instance: try west.store.instance, known: (store.instance, 2))
        #expect(try store.meet(met) == .again)
        #expect(try texts(store) == ["c"])
    }

    @Test func `a peer that comes with other data is told all that waits, from one on`() throws {
        let store = try east.store
        _ = try store.meet(greeting(west.store, "2002", of: "1001"))
        for text in ["a", "b", "c"] { try store.send(message(text), .notice, to: "2002", at: 1) }
        try store.acknowledge("2002", through: 2)
        let stranger = try Folder().store
        #expect(try store.meet(greeting(stranger, "2002", of: "1001")) == .peerLostData)
        let waiting = try store.outgoing(to: "2002", after: 0, limit: 9)
        #expect(waiting.map(\.sequence) == [1] && waiting.map(\.statement.text) == ["c"])
    }

    @Test func `a peer whose data is a copy of before is told again from where it stands`() throws {
        let store = try east.store
        _ = try store.meet(greeting(west.store, "2002", of: "1001"))
        for text in ["a", "b", "c"] { try store.send(message(text), .notice, to: "2002", at: 1) }
        try store.acknowledge("2002", through: 3)
        try store.send(message("d"), .notice, to: "2002", at: 2)
        let old = PeerGreeting(carrier: "2002", instance: try west.store.instance, known: (store.instance, 1))
        #expect(try store.meet(old) == .peerLostData)
        #expect(try store.outgoing(to: "2002", after: 0, limit: 9).map(\.sequence) == [2])
    }

    @Test func `with our own data a copy of before, numbers go on behind what the peer has`() throws {
        let store = try east.store
        _ = try store.meet(greeting(west.store, "2002", of: "1001"))
        for text in ["a", "b"] { try store.send(message(text), .notice, to: "2002", at: 1) }
        let ahead = PeerGreeting(carrier: "2002", instance: try west.store.instance, known: (store.instance, 7))
        #expect(try store.meet(ahead) == .ownDataIsOld)
        #expect(try store.outgoing(to: "2002", after: 0, limit: 9).map(\.sequence) == [8, 9])
        #expect(try texts(store) == ["a", "b"])
    }

    @Test func `what it has of an instance of ours that is gone counts for nothing`() throws {
        let store = try east.store
        try store.send(message("a"), .notice, to: "2002", at: 1)
        let other = PeerGreeting(
            carrier: "2002", instance: try west.store.instance, known: ("00000000-0000-4000-8000-000000000000", 9))
        #expect(try store.meet(other) == .first)
        #expect(try store.outgoing(to: "2002", after: 0, limit: 9).map(\.sequence) == [1])
    }

    @Test func `no more wait for one peer than there is room for`() throws {
        let store = try east.store
        try store.send(message("a"), .notice, to: "2002", at: 1)
        try DatabaseQueue(path: "\(east.path)/\(ExchangeStore.fileName)").write { db in
            try db.execute(sql: "UPDATE stream SET sent = \(ExchangeStore.mostOutgoing)")
        }
        #expect(throws: ExchangeFault.full(peer: "2002")) {
            try store.send(message("b"), .notice, to: "2002", at: 1)
        }
        try store.send(message("b"), .notice, to: "3003", at: 1)
    }
}

/// A data folder.
final class Folder: Sendable {
    let path = NSTemporaryDirectory() + "exchange-\(UUID().uuidString)"

    init() { try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Opened anew each time.
    var store: ExchangeStore { get throws { try ExchangeStore(folder: path) } }
}
