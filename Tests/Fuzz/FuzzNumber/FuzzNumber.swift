import NumberPlan

/// A number as a switch writes it, in each plan.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    for plan in [DialPlan.none, .china, .nanp] {
        guard let number = try? plan.number(from: text) else { continue }
        precondition(number.digits.count <= Digits.longest)
        _ = (plan.isEmergency(number), number.description, plan.number(fromWire: number.digits))
        _ = plan.standing(of: number)
    }
    _ = (DialPlan.isEmergency(uri: text), (try? CanonicalURI(text))?.description)
    return 0
}
