import NumberPlan
import Policy
import Roaming

/// The file of who is abroad. What is refused must be refused with a message, and what is not must never make a number that it
/// does not have one of somebody abroad.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    do throws(RoamingListFault) {
        let list = try RoamingList(file: Array(UnsafeBufferPointer(start: start, count: count)))
        precondition(TelephoneNumber(described: "86:95588").map(list.outcome) != .abroad)
    } catch {
        precondition(!error.reason.description.isEmpty)
    }
    return 0
}
