package import NIOCore

/// How messages are told apart on one connection. Its first byte decides, for its whole life.
package enum Framing: Sendable {
    /// `12:hello world!,` as Kamailio's janssonrpcc, jsonrpcc and evapi send it.
    case netstring
    /// JSON objects one after another, with or without blanks between them, as OpenSIPS and people send it.
    case jsonStream
}

/// Why no further message can be found on a connection: there is no way to resynchronise, so each of them closes it.
package enum FramingFault: Error, Hashable, Sendable, CaseIterable {
    case unknownFraming, badLength, missingComma, strayByte, tooLong, tooDeep
    /// The other end shut its side within a message.
    case truncated
    /// A message took longer than ``SwitchLimits/unfinishedMessage``.
    case unfinished
}

/// Cuts the bytes of one connection into messages, however they were cut into packets.
package struct FrameDecoder {
    package private(set) var framing: Framing?
    private var bytes = ByteBuffer()
    private var ownsStorage = true
    private var object = ObjectScanner()
    private var sawBlank = false
    private let longestMessage: Int
    private let deepestNesting: Int

    private static let mostLengthDigits = 7

    package init(limits: SwitchLimits) {
        longestMessage = limits.longestMessage
        deepestNesting = limits.deepestNesting
    }

    /// Whether a message has begun and not ended.
    package var isWithinMessage: Bool { bytes.readableBytes > 0 }

    package mutating func append(_ received: ByteBuffer) {
        guard bytes.readableBytes > 0 else {
            bytes = received
            ownsStorage = false
            return
        }
        bytes.writeImmutableBuffer(received)
    }

    /// The next whole message, or nil until more bytes have come.
    package mutating func next() throws(FramingFault) -> ByteBuffer? {
        if framing == nil { try pinFraming() }
        switch framing {
        case .netstring: return try nextNetstring()
        case .jsonStream: return try nextObject()
        case nil: return nil
        }
    }

    /// Gives the socket its read buffer back, keeping only the beginning of an unfinished message.
    package mutating func releaseStorage() {
        if bytes.readableBytes == 0 {
            bytes = ByteBuffer()
        } else if !ownsStorage || bytes.readerIndex > longestMessage {
            bytes = ByteBuffer(bytes: bytes.readableBytesView)
        }
        ownsStorage = true
    }

    /// The sets of first bytes are disjoint, so there is nothing to guess. A blank can only precede JSON: netstrings have none (NET-01).
    private mutating func pinFraming() throws(FramingFault) {
        let blanks = Self.blanks(at: bytes.readableBytesUInt8Span)
        bytes.moveReaderIndex(forwardBy: blanks)
        sawBlank = sawBlank || blanks > 0
        guard bytes.readableBytes > 0 else { return }
        switch bytes.readableBytesUInt8Span[0] {
        case UInt8(ascii: "0")...UInt8(ascii: "9") where !sawBlank: framing = .netstring
        case UInt8(ascii: "{"), UInt8(ascii: "["): framing = .jsonStream
        default: throw .unknownFraming
        }
    }

    private mutating func nextNetstring() throws(FramingFault) -> ByteBuffer? {
        let (digits, length) = try netstringLength()
        guard let length else { return nil }
        let end = digits + 1 + length
        guard bytes.readableBytes > end else { return nil }
        guard bytes.readableBytesUInt8Span[end] == UInt8(ascii: ",") else { throw .missingComma }
        bytes.moveReaderIndex(forwardBy: digits + 1)
        let message = bytes.readSlice(length: length)
        bytes.moveReaderIndex(forwardBy: 1)
        return message
    }

    /// The length is known, and refused, before anything is kept for the message (NET-02).
    private func netstringLength() throws(FramingFault) -> (digits: Int, length: Int?) {
        let bytes = bytes.readableBytesUInt8Span
        var length = 0
        var digits = 0
        while digits < bytes.count, bytes[digits] != UInt8(ascii: ":") {
            let digit = bytes[digits] &- UInt8(ascii: "0")
            guard digit <= 9, digits < Self.mostLengthDigits, digits == 0 || length > 0 else { throw .badLength }
            length = length * 10 + Int(digit)
            digits += 1
        }
        guard digits < bytes.count else { return (digits, nil) }
        guard digits > 0 else { throw .badLength }
        guard length <= longestMessage else { throw .tooLong }
        return (digits, length)
    }

    private mutating func nextObject() throws(FramingFault) -> ByteBuffer? {
        if object.scanned == 0 {
            bytes.moveReaderIndex(forwardBy: Self.blanks(at: bytes.readableBytesUInt8Span))
            guard bytes.readableBytes > 0 else { return nil }
            let first = bytes.readableBytesUInt8Span[0]
            guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { throw .strayByte }
        }
        var scanner = object
        let isWhole = scanner.scan(bytes.readableBytesUInt8Span, deepest: deepestNesting, longest: longestMessage)
        guard isWhole else {
            object = scanner
            if scanner.depth > deepestNesting { throw .tooDeep }
            if scanner.scanned >= longestMessage { throw .tooLong }
            return nil
        }
        object = ObjectScanner()
        return bytes.readSlice(length: scanner.scanned)
    }

    private static func blanks(at bytes: Span<UInt8>) -> Int {
        var count = 0
        while count < bytes.count {
            switch bytes[count] {
            case 0x20, 0x09, 0x0A, 0x0D: count += 1
            default: return count
            }
        }
        return count
    }
}

/// Finds the end of a JSON object or array by its brackets, going on where it stopped when more bytes come.
///
/// It does not ask whether the text is JSON: jansson does that when the text is whole.
struct ObjectScanner {
    private(set) var scanned = 0
    private(set) var depth = 0
    private var isInString = false
    private var isEscaped = false

    /// True when the last byte scanned closed the value; false when more are needed or a limit was hit.
    mutating func scan(_ bytes: Span<UInt8>, deepest: Int, longest: Int) -> Bool {
        let end = min(bytes.count, longest)
        while scanned < end {
            let byte = bytes[scanned]
            scanned += 1
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth > deepest { return false }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { return true }
            default: break
            }
        }
        return false
    }
}
