internal import Logging
internal import NIOCore
internal import Synchronization
internal import TrunkLink

/// Tells what happens on the link: each change once, and what a peer or a stranger could cause at will no more than once a
/// minute.
final class LinkTidings: Sendable {
    private struct State {
        /// Why there is no link to a peer, as it was told last.
        var troubles: [String: String] = [:]
        /// When it was told of a stranger, by reason, and of a statement that was passed over, by peer.
        var strangers: [String: NIODeadline] = [:], passedOver: [String: NIODeadline] = [:]
        var failures: [String: String] = [:]
    }

    private let logger: Logger
    private let state = Mutex(State())
    private static let pause = TimeAmount.minutes(1)

    init(logger: Logger) { self.logger = logger }

    func note(_ event: LinkEvent) {
        switch event {
        case .linked(let peer, let hello, let isDialled):
            state.withLock { state in
                state.troubles[peer] = nil
                state.failures[peer] = nil
            }
            logger.info(
                "linked",
                metadata: [
                    "peer": "\(peer)", "version": "\(hello.version)", "instance": "\(hello.instance)",
                    "dialled": "\(isDialled ? "by us" : "by it")",
                ])
        case .ended(let peer, let fault): tell("a link ended", peer, "\(fault)")
        case .notLinked(let peer, let why): tell("not linked: it is tried again", peer, why)
        case .refused(let address, let fault): tellOfStranger(address, fault)
        case .statementRefused(let peer, let kind, let reason):
            logger.error(
                "a statement of a peer is not believed",
                metadata: ["peer": "\(peer)", "kind": "\(kind)", "reason": "\(reason)"])
        case .statementPassedOver(let peer, let kind, let reason): tellOfPassedOver(peer, kind, reason)
        case .mailboxFailed(let peer, let reason):
            let isNews = state.withLock { state in
                defer { state.failures[peer] = reason }
                return state.failures[peer] != reason
            }
            guard isNews else { return }
            logger.error(
                "what is exchanged with a peer cannot be kept", metadata: ["peer": "\(peer)", "reason": "\(reason)"])
        }
    }

    private func tell(_ what: Logger.Message, _ peer: String, _ why: String) {
        let isNews = state.withLock { state in
            defer { state.troubles[peer] = why }
            return state.troubles[peer] != why
        }
        if isNews { logger.warning(what, metadata: ["peer": "\(peer)", "reason": "\(why)"]) }
    }

    private func tellOfPassedOver(_ peer: String, _ kind: String, _ why: String) {
        let now = NIODeadline.now()
        let isDue = state.withLock { state in
            if let told = state.passedOver[peer], now < told + Self.pause { return false }
            state.passedOver[peer] = now
            return true
        }
        guard isDue else { return }
        logger.warning(
            "statements of a peer are passed over",
            metadata: ["peer": "\(peer)", "kind": "\(kind)", "reason": "\(why)"])
    }

    private func tellOfStranger(_ address: String, _ fault: LinkFault) {
        let why = "\(fault)", now = NIODeadline.now()
        let isDue = state.withLock { state in
            if let told = state.strangers[why], now < told + Self.pause { return false }
            // The reasons hold words of strangers, who may have many.
            if state.strangers.count >= 100 { state.strangers = [:] }
            state.strangers[why] = now
            return true
        }
        guard isDue else { return }
        logger.warning(
            "a connection to the link was refused", metadata: ["address": "\(address)", "reason": "\(why)"])
    }
}
