import Certificates
import Foundation
import Jansson
import LibCrypto

/// What a certificate URL answered, PEM or DER, judged to the end against an anchor under which the seeds hold.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    _ = try? sample.trust.validate(bytes, at: sample.now)
    guard let certificate = try? Certificate(der: bytes.span) else { return 0 }
    _ = (certificate.subjectText, certificate.pem, certificate.fingerprint, certificate.hasSoundSerialNumber)
    return 0
}

private let sample = try! Sample()

private struct Sample {
    let trust: TrustSnapshot
    let now: Int

    init() throws {
        let tests = URL(filePath: #filePath).appending(path: "../../..").standardized
        let text = Array(try Data(contentsOf: tests.appending(path: "CertificatesTests/Vectors/sample-chains.json")))
        let chains = try JSON(parsing: text.span)
        let anchor = Array(try chains.string("anchor").utf8)
        trust = TrustSnapshot(anchors: try Certificate.all(inPEM: anchor.span, atMost: 1), epoch: 1)
        now = try chains.integer("clock")
    }
}
