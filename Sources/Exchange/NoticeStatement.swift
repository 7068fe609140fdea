package import Jansson
internal import Records
package import Statements

/// Why a peer's notices were not believed.
package enum NoticeFault: Error, Hashable, Sendable {
    case notOfPeer(String, peer: String)
    case statement(StatementFault)
    case notJSON(JSONError)
    case tooMany(Int)
    case member(String)
}

extension NoticeFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notOfPeer(let carrier, let peer): "notices of \(carrier) do not come from \(peer)"
        case .statement(let fault): "\(fault)"
        case .notJSON(let error): "a notice is not what it should be: \(error)"
        case .tooMany(let count): "\(count) notices are in one statement, which holds up to \(Notice.mostInStatement)"
        case .member(let name): "the \(name) of a notice is none"
        }
    }
}

extension StatementSigner {
    /// `"contact":"…","notices":[{"record":…,"at":…},{"first":…,"count":…}]` behind `iss` and `iat`.
    func sign(
        _ notices: ArraySlice<Notice>, contact: String?, at now: Int
    ) async throws(ExchangeFault) -> SignedStatement {
        let statement = Statement(.notice, by: carrier, at: now) { text in
            if let contact { text.member(#","contact":"#, contact) }
            text.raw(#","notices":["#)
            for (place, notice) in notices.enumerated() {
                if place > 0 { text.raw(",") }
                notice.write(to: &text)
            }
            text.raw("]")
        }
        do throws(StatementFault) { return try await sign(statement) } catch { throw .notSigned(error) }
    }
}

extension Notice {
    fileprivate func write(to text: inout JSONText) {
        switch self {
        case .call(let call):
            text.member(#"{"record":"#, call.record.description)
            text.member(#","at":"#, call.at)
            text.member(#","orig":"#, call.orig)
            text.member(#","dest":"#, call.dest)
            if let digest = call.tokenDigest { text.member(#","token":"#, digest) }
            text.end(call.reason, call.sipCode, call.circuit)
        case .calls(let calls):
            text.member(#"{"first":"#, calls.first)
            text.member(#","last":"#, calls.last)
            text.member(#","count":"#, calls.count)
            text.raw(#","records":["#)
            for (place, record) in calls.records.enumerated() {
                if place > 0 { text.raw(",") }
                text.string(record.description)
            }
            text.raw("]")
            text.end(calls.reason, calls.sipCode, calls.circuit)
        }
    }
}

extension JSONText {
    fileprivate mutating func member(_ name: StaticString, _ value: String) {
        raw(name)
        string(value)
    }

    fileprivate mutating func member(_ name: StaticString, _ value: Int) {
        raw(name)
        number(value)
    }

    fileprivate mutating func end(_ reason: String, _ sipCode: Int, _ circuit: String?) {
        member(#","reason":"#, reason)
        member(#","sip":"#, sipCode)
        if let circuit { member(#","circuit":"#, circuit) }
        raw("}")
    }
}
