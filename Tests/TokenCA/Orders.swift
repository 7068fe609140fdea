internal import Certificates
internal import Foundation
internal import Synchronization

/// What becomes of a request that is signed as it should be.
extension TokenCA {
    func fulfil(
        _ path: String, _ payload: RequestPayload, _ account: Int?, _ key: ClientKey, _ base: String
    ) async throws -> WebServer.Answer {
        guard let account else { return try signIn(key, payload, base) }
        let parts = path.split(separator: "/").map(String.init)
        if parts == ["new-order"] { return try makeOrder(payload, account, base) }
        guard parts.count == 2, let number = Int(parts[1]),
            let order = state.withLock({ $0.orders.indices.contains(number) ? $0.orders[number] : nil }),
            order.account == account
        else { throw Refusal("unauthorized", "not yours, or not there", status: 404) }
        switch parts[0] {
        case "order": return try describe(number, base)
        case "authorization": return try describeAuthorization(number, base)
        case "challenge":
            await meet(number, order, payload, key)
            return try .json(200, ["type": "tkauth-01", "url": "\(base)/challenge/\(number)", "status": "processing"])
        case "finalize":
            try finalize(number, order, payload)
            return try describe(number, base)
        case "certificate":
            return WebServer.Answer(
                200, ["Content-Type": "application/pem-certificate-chain"], Array((order.chain ?? "").utf8))
        default: throw Refusal("malformed", "no such thing", status: 404)
        }
    }

    private func signIn(_ key: ClientKey, _ payload: RequestPayload, _ base: String) throws -> WebServer.Answer {
        let known = state.withLock { $0.accounts.firstIndex(of: key) }
        guard known != nil || conduct.terms == nil || payload.termsOfServiceAgreed == true else {
            throw Refusal("userActionRequired", "terms")
        }
        let number =
            known
            ?? state.withLock { state in
                state.accounts.append(key)
                return state.accounts.count - 1
            }
        return try .json(
            known == nil ? 201 : 200, ["status": "valid"], fields: ["Location": "\(base)/account/\(number)"])
    }

    private func makeOrder(_ payload: RequestPayload, _ account: Int, _ base: String) throws -> WebServer.Answer {
        guard let only = payload.identifiers?.first, payload.identifiers?.count == 1, only.type == "TNAuthList" else {
            throw Refusal("unsupportedIdentifier", "one TNAuthList", status: 400)
        }
        guard let der = Data(base64URL: only.value), (try? TNAuthList(der: Array(der))) != nil else {
            throw Refusal("malformed", "TNAuthList", status: 400)
        }
        let number = state.withLock { state in
            state.orders.append(Order(account: account, value: only.value, delays: conduct.delays))
            return state.orders.count - 1
        }
        var answer = try describe(number, base)
        answer.status = 201
        answer.fields["Location"] = "\(base)/order/\(number)"
        return answer
    }

    private func describe(_ number: Int, _ base: String) throws -> WebServer.Answer {
        let order = state.withLock { state in
            defer { Self.pass(&state.orders[number]) }
            return state.orders[number]
        }
        var description: [String: Any] = [
            "status": order.status, "identifiers": [["type": "TNAuthList", "value": order.value]],
            "authorizations": ["\(base)/authorization/\(number)"], "finalize": "\(base)/finalize/\(number)",
        ]
        if order.status == "valid" {
            description["certificate"] = "\(base)/certificate/\(number)"
            description["x5u"] = "https://cr.example.com/\(number).pem"
        }
        if let problem = order.problem { description["error"] = problem.problem }
        return try .json(200, description, fields: ["Retry-After": "7"])
    }

    /// A CA takes its time: only after it was asked so often is an order done.
    private static func pass(_ order: inout Order) {
        guard order.status == "processing" else { return }
        if order.delays > 0 { order.delays -= 1 } else { order.status = "valid" }
    }

    private func describeAuthorization(_ number: Int, _ base: String) throws -> WebServer.Answer {
        let order = state.withLock { $0.orders[number] }
        var challenge: [String: Any] = [
            "type": "tkauth-01", "tkauth-type": "atc", "url": "\(base)/challenge/\(number)",
            "token": "IlirfxKKXAsHtmzK29Pj8A",
            "status": order.authorization, "token-authority": base,
        ]
        if let problem = order.problem { challenge["error"] = problem.problem }
        return try .json(
            200,
            [
                "status": order.authorization, "identifier": ["type": "TNAuthList", "value": order.value],
                "challenges": [challenge],
            ])
    }

    /// Any failure makes the challenge invalid, and with it the authorization and the order.
    private func meet(_ number: Int, _ order: Order, _ payload: RequestPayload, _ key: ClientKey) async {
        do {
            guard let token = payload.tkauth ?? (policy.takesOldResponse ? payload.atc : nil) else {
                throw Refusal("malformed", "no tkauth")
            }
            let word = try await policy.check(token, for: order.value, of: key, at: now)
            try spendToken(word.id, word.expiry)
            state.withLock { state in
                state.orders[number].isForAuthority = word.isForAuthority
                state.orders[number].authorization = "valid"
                state.orders[number].status = "ready"
            }
        } catch {
            let refusal =
                (error as? TokenFlaw).map { Refusal("unauthorized", $0.step.detail) } ?? error as? Refusal
                ?? Refusal("serverInternal", "\(error)")
            state.withLock { state in
                state.orders[number].problem = refusal
                state.orders[number].authorization = "invalid"
                state.orders[number].status = "invalid"
            }
        }
    }

    /// RFC 9447 §4: a token is good once.
    private func spendToken(_ id: String, _ expiry: Int) throws {
        try state.withLock { state in
            state.usedTokens = state.usedTokens.filter { $0.value > now }
            guard state.usedTokens.updateValue(expiry, forKey: id) == nil else {
                throw Refusal("unauthorized", "jti used before")
            }
        }
    }

    private func finalize(_ number: Int, _ order: Order, _ payload: RequestPayload) throws {
        guard order.status == "ready" else { throw Refusal("orderNotReady", order.status) }
        let chain: String
        do {
            let wish = try SubjectWish(payload.csr ?? "")
            guard wish.isForAuthority == order.isForAuthority else { throw TokenFlaw(.authorityBit) }
            guard wish.tnAuthList == Data(base64URL: conduct.orderedValue ?? order.value) else {
                throw Refusal("badCSR", "another TNAuthList")
            }
            chain = try issuing.chain(for: wish, at: now)
        } catch {
            let refusal = (error as? TokenFlaw).map { Refusal("badCSR", $0.step.detail) }
            state.withLock { $0.orders[number].status = "invalid" }
            throw refusal ?? error
        }
        state.withLock { state in
            state.orders[number].chain = chain
            state.orders[number].status = "processing"
        }
    }
}
