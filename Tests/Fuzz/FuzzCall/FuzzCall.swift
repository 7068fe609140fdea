import Certificates
import Ledger
import NumberPlan
import Policy
import Terminating

/// A whole verification: the calling number, the called one, the trunk and the Identity header fields, a line each.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = UnsafeBufferPointer(start: start, count: count)
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
    guard lines.count >= 3 else { return -1 }
    let call = TerminatingCall(
        identities: Array(lines.dropFirst(3)), orig: lines[0], dest: [lines[1]],
        trunk: lines[2].isEmpty ? nil : lines[2], callID: nil)
    _ = service.judge(call, by: rules, mayWait: false)
    return 0
}

private let rules = RulesInForce(
    plan: .china,
    ledger: LedgerSnapshot(
        version: 1, trunks: TrunkClass.allCases.map { Trunk(name: String($0.rawValue.prefix(3)), trunkClass: $0) }),
    whenRoamingUnknown: .withhold, at: 1_795_330_000)

private let service = VerificationService(
    certificates: CertificateCache(trust: TrustSnapshot(anchors: [], epoch: 1)) { _ in .failed("no network here") },
    urlRules: .shaken, settings: VerificationSettings())
