import PASSporT

/// The two JSON texts of a token, with a line feed between them: base64 would hide them from the fuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = UnsafeBufferPointer(start: start, count: count)
    let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return -1 }
    var text: [UInt8] = []
    for part in parts {
        Base64URL.append(Array(part).span, to: &text)
        text.append(UInt8(ascii: "."))
    }
    Base64URL.append([UInt8](repeating: 1, count: 64).span, to: &text)
    text += Array(";info=<https://cert.example.org/a.pem>;alg=ES256;ppt=shaken".utf8)
    guard let header = try? IdentityHeader(parsing: String(decoding: text, as: UTF8.self)) else { return 0 }
    guard let token = try? UnverifiedPassport(header) else { return 0 }
    _ = (token.isCanonical, token.claimTexts, Passport.isUUID(token.claimed.originID))
    return 0
}
