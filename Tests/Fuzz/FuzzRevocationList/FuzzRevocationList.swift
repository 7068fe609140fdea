import LibCrypto

/// A revocation list, PEM or DER.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    var lists = (try? RevocationList.all(inPEM: bytes.span, atMost: 10)) ?? []
    if let list = try? RevocationList(der: bytes.span) { lists.append(list) }
    for list in lists { _ = (list.scope, list.issuerText, list.number, list.nextUpdate) }
    return 0
}
