/// A configuration file. It is the operator's own, but what is refused must be refused with a message.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    do throws(ConfigurationError) {
        _ = try Configuration(file: "/etc/countersign/daemon.yaml", text: text)
    } catch {
        precondition(!error.description.isEmpty)
    }
    return 0
}
