import TrunkProtocol

/// One message, down to the typed request, which is the same whether it is read with a tree or without.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let envelope = Envelope(parsing: bytes.span)
    precondition(envelope == Envelope(parsingAsTree: bytes.span))
    return 0
}
