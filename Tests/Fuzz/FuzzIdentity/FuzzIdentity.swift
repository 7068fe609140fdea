import PASSporT

/// An Identity header field as a call carries it: split, parsed, its token read.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let field = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    for value in IdentityHeader.split([field]) {
        guard let header = try? IdentityHeader(parsing: value) else { continue }
        _ = try? UnverifiedPassport(header)
    }
    _ = SIPDate.unixTime(field)
    return 0
}
