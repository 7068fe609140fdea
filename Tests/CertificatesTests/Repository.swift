import Certificates
import Synchronization

/// Answers what it is told to, counts, and holds each answer back until it is let go.
final class Repository: Sendable {
    private struct State {
        var answers: [String: FetchAnswer] = [:]
        var count = 0
        var isOpen = true
        var waiting: [CheckedContinuation<Void, Never>] = []
        var arrivals: [(Int, CheckedContinuation<Void, Never>)] = []
    }
    private let state = Mutex(State())

    var count: Int { state.withLock { $0.count } }

    func serve(_ answer: FetchAnswer, at url: CertificateURL) { state.withLock { $0.answers[url.text] = answer } }

    func close() { state.withLock { $0.isOpen = false } }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.resume() }
    }

    /// Until so many have asked.
    func asked(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.count < count { state.arrivals.append((count, continuation)) }
                return state.count >= count
            }
            if isThere { continuation.resume() }
        }
    }

    func fetch(_ url: CertificateURL) async -> FetchAnswer {
        let arrived = state.withLock { state in
            state.count += 1
            let count = state.count
            defer { state.arrivals.removeAll { $0.0 <= count } }
            return state.arrivals.filter { $0.0 <= count }
        }
        for (_, one) in arrived { one.resume() }
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
        return state.withLock { $0.answers[url.text] ?? .body(status: 404, contentType: nil, []) }
    }
}

extension CertificateCache.Verdict {
    var fault: CertificateFault? {
        if case .failure(let fault) = self { fault } else { nil }
    }

    var trustEpoch: Int? { try? get().trustEpoch }
}

extension CertificateCache.Known {
    var fault: CertificateFault? { verdict.fault }
    var trustEpoch: Int? { verdict.trustEpoch }
    var certificateID: String? { try? get().certificateID }
}
