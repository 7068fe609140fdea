import Foundation
import PASSporT

/// The two JSON texts of a token, with a line feed between them: base64 would hide them from the fuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = UnsafeBufferPointer(start: start, count: count)
    let texts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
    guard texts.count == 2 else { return -1 }
    let parts = (texts.map { Data($0) } + [Data(count: 64)]).map { text in
        text.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
    let value = parts.joined(separator: ".") + ";info=<https://cert.example.org/a.pem>;alg=ES256;ppt=shaken"
    guard let header = try? IdentityHeader(parsing: value), let token = try? UnverifiedPassport(header) else {
        return 0
    }
    _ = (token.isCanonical, token.claimTexts, Passport.isUUID(token.claimed.originID))
    return 0
}
