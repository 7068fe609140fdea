import NumberPlan

/// A plan's file. It is the operator's own, but what is refused must be refused with a message, and what is not must have
/// something to say of every number.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    do throws(PlanFault) {
        let plan = try DialPlan(file: Array(UnsafeBufferPointer(start: start, count: count)))
        for text in ["110", "911", "13800138000", "+8657188880000", "2155551212", "86", "00", "10690123456789012345"] {
            guard let number = try? plan.number(from: text) else { continue }
            _ = (plan.standing(of: number), plan.standing(of: .global(number.digits)))
        }
    } catch {
        precondition(!error.description.isEmpty)
    }
    return 0
}
