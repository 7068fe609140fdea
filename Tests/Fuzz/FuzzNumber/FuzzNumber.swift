import NumberPlan

/// A number as a switch writes it, in each plan.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    for plan in [DialPlan.none, .china, .nanp] {
        let number = try? plan.number(from: text)
        precondition((try? plan.reading(of: text))?.number == number)
        guard let number else { continue }
        precondition(number.digits.count <= Digits.longest)
        _ = (plan.isEmergency(number), number.description, plan.number(fromWire: number.digits))
        _ = (plan.standing(of: number), Country.of(number)?.description)
    }
    precondition(!DialPlan.isConforming(raw: text) || !DialPlan.isAnonymous(raw: text))
    _ = (DialPlan.isEmergency(uri: text), (try? CanonicalURI(text))?.description)
    return 0
}
