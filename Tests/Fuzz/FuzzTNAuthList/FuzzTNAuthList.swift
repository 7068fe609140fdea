import Certificates
import NumberPlan

/// The extensions that we read ourselves.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    if let list = try? TNAuthList(der: bytes), let number = Digits("12155551001") {
        _ = (list.covers(number), list.serviceProviderCodes, list == list, list.hashValue)
    }
    for isEnhanced in [false, true] { _ = try? ClaimConstraints(der: bytes, isEnhanced: isEnhanced) }
    return 0
}
