import NIOCore
import TrunkProtocol

/// A connection's bytes, whole and in pieces as long as the first byte says: both must give the same messages.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 1 else { return -1 }
    let bytes = Array(UnsafeBufferPointer(start: start, count: count)).dropFirst()
    let whole = messages(in: bytes, pieces: bytes.count)
    precondition(whole == messages(in: bytes, pieces: 1 + Int(start[0])))
    return 0
}

private func messages(in bytes: ArraySlice<UInt8>, pieces: Int) -> [[UInt8]] {
    var limits = SwitchLimits()
    limits.longestMessage = 1_024
    var decoder = FrameDecoder(limits: limits), messages: [[UInt8]] = [], rest = bytes
    do {
        while !rest.isEmpty {
            decoder.append(ByteBuffer(bytes: rest.prefix(pieces)))
            rest = rest.dropFirst(pieces)
            while let message = try decoder.next() { messages.append(Array(buffer: message)) }
            decoder.releaseStorage()
        }
    } catch {
        messages.append(Array("\(error)".utf8))
    }
    return messages
}
