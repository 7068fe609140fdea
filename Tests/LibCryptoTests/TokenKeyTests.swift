import Foundation
import LibCrypto
import SoftToken
import Synchronization
import Testing

/// With a real SoftHSM in this process, of which there can be one at a time.
@Suite(.serialized, .timeLimit(.minutes(5))) struct `A key in a token` {
    private let token: SoftToken
    private let imported: SigningKey

    init() throws {
        token = try SoftToken.inThisProcess()
        imported = try SigningKey.generate()
        try token.hold(try imported.pem())
    }

    private func address(
        _ uri: String = SoftToken.uri, module: String = SoftToken.module, pin: String = SoftToken.pin
    ) throws -> TokenKey {
        let path = "\(token.folder)/pin"
        try Data("\(pin)\n".utf8).write(to: URL(filePath: path))
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        return TokenKey(
            try TokenURI(uri), module: module, pin: try Passphrase(fileDescriptor: file.fileDescriptor))
    }

    private func key(_ address: TokenKey, clock: TestClock = TestClock(), changes: Changes = Changes()) throws
        -> SigningKey
    {
        try SigningKey(
            address, signers: 3, microseconds: { clock.now }, report: { changes.note($0) })
    }

    @Test func `signs as the same key in memory would, and does not come out`() throws {
        let key = try key(address()), message = Array("message".utf8)
        #expect(try key.verifyingKey.point == imported.verifyingKey.point)
        let signature = try Signer(key).signature(for: message.span)
        let accepted = try imported.verifyingKey.accepts(signature, for: message.span)
        #expect(accepted)
        #expect(throws: OpenSSLError.self) { try key.pem() }
    }

    @Test func `is refused for what is wrong with it`() throws {
        try token.hold(generated: "-algorithm", "RSA", as: "rsa")
        try token.hold(generated: "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", as: "p384")
        let rows: [(TokenKey, (TokenFault) -> Bool, String)] = [
            (try address(pin: "000000"), { $0 == .wrongPIN }, "PIN"),
            (
                try address("pkcs11:token=carrier;object=none"), { if case .noSuchKey = $0 { true } else { false } },
                "object"
            ),
            (
                try address("pkcs11:token=none;object=sign"), { if case .noSuchKey = $0 { true } else { false } },
                "token"
            ),
            (try address("pkcs11:token=carrier;object=rsa"), { if case .notP256 = $0 { true } else { false } }, "RSA"),
            (
                try address("pkcs11:token=carrier;object=p384"), { if case .notP256 = $0 { true } else { false } },
                "P-384"
            ),
            (try address(module: "/no/module.so"), { $0 == .noModule("/no/module.so") }, "module"),
        ]
        for (address, isRight, name) in rows {
            do {
                _ = try key(address)
                Issue.record("accepted in spite of its \(name)")
            } catch let fault as TokenFault { #expect(isRight(fault), "\(name): \(fault)") }
        }
    }

    @Test func `is refused in another module, until the process has let go of the first`() throws {
        do {
            let key = try key(address()), signer = try Signer(key), message = Array("message".utf8)
            #expect(throws: TokenFault.otherModule(SoftToken.module)) {
                try self.key(address(module: "/no/module.so"))
            }
            #expect(throws: Never.self) { try signer.signature(for: message.span) }
        }
        #expect(throws: TokenFault.noModule("/no/module.so")) { try key(address(module: "/no/module.so")) }
    }

    @Test func `signs for many at once`() async throws {
        let key = try key(address()), signers = try #require(key.tokenSigners), verifying = try key.verifyingKey
        let accepted = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                let message = Array("message \(number)".utf8)
                group.addTask {
                    guard case .success(let signature) = await signers.signature(for: message) else { return false }
                    return verifying.accepts(signature, for: message.span)
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(accepted == 100)
        await signers.close()
    }

    @Test func `signs at once, and while another key is opened, however long that takes`() async throws {
        try token.hold(SigningKey.generate().pem(), as: "next")
        let key = try key(address(module: SoftToken.slowModule)), signers = try #require(key.tokenSigners)
        let next = try address("pkcs11:token=carrier;object=next", module: SoftToken.slowModule)
        try token.bar()
        let opening = onAThread { try self.key(next) }
        let door = try await onAThread { [token] in try token.awaitOneWhoOpens() }.value
        for _ in 0..<4 {
            let signature = await signers.signature(for: Array("message".utf8))
            #expect(signature.isSuccess)
        }
        try door.close()
        await signers.close()
        await (try opening.value).tokenSigners?.close()
    }

    /// Where it holds up nobody who waits.
    private func onAThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) -> Task<Value, any Error> {
        Task {
            try await withCheckedThrowingContinuation { done in
                DispatchQueue(label: "test").async { done.resume(with: Result { try body() }) }
            }
        }
    }

    @Test func `rests while its token is gone, and signs again when it is back`() async throws {
        let clock = TestClock(), changes = Changes(), message = Array("message".utf8)
        let key = try key(address(), clock: clock, changes: changes), signers = try #require(key.tokenSigners)
        #expect(await signers.signature(for: message).isSuccess)
        try token.pullOut()
        #expect(await signers.signature(for: message).fault != nil)
        #expect(await signers.signature(for: message).fault == .resting)
        try token.putBack()
        clock.turn(to: 1_000_000)
        let back = await signers.signature(for: message)
        #expect(back.isSuccess, "\(back)")
        #expect(changes.all == ["lost", "regained"])
        await signers.close()
    }
}
