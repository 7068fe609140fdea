import Certificates
import LibCrypto
import MiniPKI
import PASSporT

private let administrator = MiniPKI.Party.selfSigned("STI-PA TEST", now: MiniPKI.now)

/// A trust list: as whoever answers a URL can send one, and as a pinned signer can, who has signed whatever it is.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    for jws in [bytes, signed(bytes)] {
        do throws(TrustListFault) {
            let list = try TrustList(jws, signers: [administrator.certificate], at: MiniPKI.now)
            try list.requireNewest(after: TrustListMark(of: list, takenAt: MiniPKI.now), at: MiniPKI.now)
        } catch {
            precondition(!error.description.isEmpty)
        }
    }
    return 0
}

private func signed(_ payload: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    Base64URL.append(Array(#"{"alg":"ES256"}"#.utf8).span, to: &text)
    text.append(UInt8(ascii: "."))
    Base64URL.append(payload.span, to: &text)
    let signature = try! Signer(administrator.key).signature(for: text.span).bytes
    text.append(UInt8(ascii: "."))
    Base64URL.append(signature.span, to: &text)
    return text
}
