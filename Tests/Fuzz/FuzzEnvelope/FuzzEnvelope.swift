import TrunkProtocol

/// One message, down to the typed request.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard case .request(let id, let request) = Envelope(parsing: bytes.span) else { return 0 }
    precondition(Envelope(parsing: bytes.span) == .request(id, request))
    return 0
}
