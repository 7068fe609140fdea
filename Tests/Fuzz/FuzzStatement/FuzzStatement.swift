import Certificates
import Exchange
import Foundation
import Jansson
import LibCrypto
import MiniPKI
import PASSporT
import Statements

private let pki = MiniPKI()
private let signer = pki.leaf(.spc("1001"))
private let chain = signer.chain.map { "\"\(Data($0.der).base64EncodedString())\"" }.joined(separator: ",")
private let trust = TrustSnapshot(anchors: pki.anchors, epoch: 1)

/// A statement of the kind that the first byte says: as anybody can write it, and as a peer can, who has signed whatever it is.
/// Then a trace in a file, and what was sealed for us.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return -1 }
    let bytes = Array(UnsafeBufferPointer(start: start, count: count).dropFirst())
    let kind = StatementKind.allCases[Int(start[0]) % StatementKind.allCases.count]
    let text = String(decoding: bytes, as: UTF8.self)
    for statement in [text, signed(bytes, as: kind)] {
        do throws(StatementFault) {
            read(try VerifiedStatement(SignedStatement(unverified: statement), as: kind, trust: trust, at: MiniPKI.now))
        } catch {
            precondition(!error.description.isEmpty)
        }
    }
    if let file = try? TraceFile(reading: bytes) { walk(file) }
    _ = Disclosure(opening: text, with: signer.key)
    return 0
}

private func read(_ statement: VerifiedStatement) {
    switch statement.kind {
    case .notice:
        if let notices = try? PeerNotices(statement, from: "1001") { precondition(notices.count >= 0) }
    case .head: _ = SignedHead(statement)
    case .traceQuestion:
        guard let question = TraceQuestion(statement) else { return }
        precondition(question.statement(by: "1001", at: statement.issuedAt).kind == .traceQuestion)
        walk(TraceFile(question: statement.signed, answers: []))
    case .traceAnswer:
        guard let answer = TraceAnswer(statement) else { return }
        // Of one and the same carrier twice, so that the two are held against each other.
        let stored = StoredAnswer(carrier: "1001", statement: statement.signed, disclosure: nil)
        walk(TraceFile(question: question(for: answer), answers: [stored, stored]))
    case .share:
        guard let share = try? PeerShare(statement, from: "1001").share else { return }
        precondition(share.added.allSatisfy { $0.id.utf8.count == 32 })
        precondition(share.statement(by: "1001", at: statement.issuedAt).kind == .share)
    }
}

private func walk(_ file: TraceFile) {
    do throws(TraceFault) {
        let chain = try TraceChain(question: file.question, answers: file.answers, trust: trust)
        precondition(chain.hops.count + chain.strays.count <= file.answers.count)
        for contradiction in chain.contradictions { precondition(contradiction.upstream != contradiction.downstream) }
    } catch {
        precondition(!error.description.isEmpty)
    }
}

/// A question that it is an answer to, unless its `trace` is none.
private func question(for answer: TraceAnswer) -> SignedStatement {
    var text = JSONText()
    text.raw(#"{"iss":"1001","iat":"#)
    text.number(MiniPKI.now)
    text.raw(#","to":"1001","at":0,"window":0,"urgent":0,"hops":0,"why":"","called":"1","trace":"#)
    text.string(answer.trace)
    text.raw(#","circuit":"#)
    text.string(answer.circuit)
    text.raw("}")
    return SignedStatement(unverified: signed(text.bytes, as: .traceQuestion))
}

private func signed(_ payload: [UInt8], as kind: StatementKind) -> String {
    var text: [UInt8] = []
    Base64URL.append(Array(#"{"alg":"ES256","typ":"\#(kind.type)","x5c":[\#(chain)]}"#.utf8).span, to: &text)
    text.append(UInt8(ascii: "."))
    Base64URL.append(payload.span, to: &text)
    let signature = try! Signer(signer.key).signature(for: text.span).bytes
    text.append(UInt8(ascii: "."))
    Base64URL.append(signature.span, to: &text)
    return String(decoding: text, as: UTF8.self)
}
