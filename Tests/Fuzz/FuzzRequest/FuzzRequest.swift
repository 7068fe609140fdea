import Certificates

/// A certification request, PEM or DER.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    if let request = try? CertificationRequest(pemOrDER: bytes) { _ = (request.pem, request.tnAuthList) }
    return 0
}
