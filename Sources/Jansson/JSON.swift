internal import CJansson

/// One JSON value held by jansson: an object to read from, or one to fill and print.
///
/// This is the parser for whatever is not of one of two shapes so plain that there is only one way to read them
/// (canonical claims, and a switch's usual request): two parsers that disagree about a repeated name or a lone surrogate
/// would let one part of the service check what another part never sees.
/// Each `JSON` owns one reference to its value, so a child may outlive the document it came from.
/// It is not `Sendable`: decode into a type of your own before crossing to another thread.
@safe package struct JSON: ~Copyable {
    let value: UnsafeMutablePointer<json_t>

    @unsafe init(owning value: UnsafeMutablePointer<json_t>) { unsafe self.value = value }

    deinit { unsafe json_decref(value) }

    /// Parses exactly one object or array.
    ///
    /// Refused: repeated names, trailing bytes, a byte order mark, invalid UTF-8, lone surrogates, U+0000, integers
    /// beyond 64 bits, and whatever exceeds `limits`, which are checked before jansson allocates anything.
    package init(parsing text: Span<UInt8>, limits: JSONLimits = .message) throws(JSONError) {
        try limits.check(text)
        var fault = json_error_t()
        let parsed = unsafe text.withUnsafeBytes { text in
            unsafe json_loadb(text.baseAddress, text.count, Int(JSON_REJECT_DUPLICATES), &fault)
        }
        guard let parsed = unsafe parsed else { throw .syntax(line: Int(fault.line), column: Int(fault.column)) }
        unsafe self.value = parsed
    }

    package static func object() -> JSON { unsafe JSON(owning: json_object()) }
}

package enum JSONKind: Sendable { case object, array, string, integer, real, boolean, null }

package enum JSONError: Error, Hashable {
    case syntax(line: Int, column: Int)
    case tooLarge(bytes: Int)
    case tooDeep
    case stringTooLong
    case missing(name: String)
    case wrongType(name: String, expected: String)
}

extension JSON {
    package var kind: JSONKind { unsafe Self.kind(value) }

    /// Nil when there is no such member.
    package func kind(of name: StaticString) -> JSONKind? {
        guard let member = unsafe optionalMember(name) else { return nil }
        return unsafe Self.kind(member)
    }

    package func contains(_ name: StaticString) -> Bool { unsafe optionalMember(name) != nil }

    /// How many members or elements there are at this level.
    package var count: Int {
        unsafe value.pointee.type == JSON_OBJECT ? json_object_size(value) : json_array_size(value)
    }

    /// The names of this object's members, in the order they came in.
    package var names: [String] {
        var names: [String] = []
        var iterator = unsafe json_object_iter(value)
        while let current = unsafe iterator {
            names.append(unsafe String(cString: json_object_iter_key(current)))
            unsafe iterator = json_object_iter_next(value, current)
        }
        return names
    }

    package func string(_ name: StaticString) throws(JSONError) -> String {
        guard let text = try optionalString(name) else { throw .missing(name: "\(name)") }
        return text
    }

    /// Nil when there is no such member; a member of another type is an error.
    package func optionalString(_ name: StaticString) throws(JSONError) -> String? {
        guard let member = unsafe optionalMember(name) else { return nil }
        guard let text = unsafe Self.string(member) else { throw .wrongType(name: "\(name)", expected: "string") }
        return text
    }

    package func integer(_ name: StaticString) throws(JSONError) -> Int {
        guard let number = try optionalInteger(name) else { throw .missing(name: "\(name)") }
        return number
    }

    /// Nil when there is no such member. `7.0` and `"7"` are not integers.
    package func optionalInteger(_ name: StaticString) throws(JSONError) -> Int? {
        guard let member = unsafe optionalMember(name) else { return nil }
        guard unsafe member.pointee.type == JSON_INTEGER else { throw .wrongType(name: "\(name)", expected: "integer") }
        return unsafe Int(json_integer_value(member))
    }

    /// Nil when there is no such member. `1` and `"true"` are not booleans.
    package func optionalBoolean(_ name: StaticString) throws(JSONError) -> Bool? {
        guard let member = unsafe optionalMember(name) else { return nil }
        guard unsafe Self.kind(member) == .boolean else { throw .wrongType(name: "\(name)", expected: "boolean") }
        return unsafe member.pointee.type == JSON_TRUE
    }

    package func object(_ name: StaticString) throws(JSONError) -> JSON {
        guard let member = unsafe optionalMember(name) else { throw .missing(name: "\(name)") }
        guard unsafe member.pointee.type == JSON_OBJECT else { throw .wrongType(name: "\(name)", expected: "object") }
        return unsafe JSON(owning: json_incref(member))
    }

    /// Any member, of whatever type.
    package func member(_ name: String) -> JSON? {
        guard let member = unsafe json_object_get(value, name) else { return nil }
        return unsafe JSON(owning: json_incref(member))
    }

    package func strings(_ name: StaticString) throws(JSONError) -> [String] {
        guard let member = unsafe optionalMember(name) else { throw .missing(name: "\(name)") }
        guard unsafe member.pointee.type == JSON_ARRAY else { throw .wrongType(name: "\(name)", expected: "array") }
        var strings: [String] = []
        let count = unsafe json_array_size(member)
        strings.reserveCapacity(count)
        for index in 0..<count {
            guard let text = unsafe json_array_get(member, index).flatMap({ unsafe Self.string($0) }) else {
                throw .wrongType(name: "\(name)", expected: "array of strings")
            }
            strings.append(text)
        }
        return strings
    }

    /// The elements of an array, each with a reference of its own.
    package func withElements<Failure: Error>(_ body: (borrowing JSON) throws(Failure) -> Void) throws(Failure) {
        for index in unsafe 0..<json_array_size(value) {
            guard let element = unsafe json_array_get(value, index) else { continue }
            try body(unsafe JSON(owning: json_incref(element)))
        }
    }

    /// Nil beyond the end of an array, and for what is none.
    package func element(_ index: Int) -> JSON? {
        guard let element = unsafe json_array_get(value, index) else { return nil }
        return unsafe JSON(owning: json_incref(element))
    }

    /// This value, when it is a string.
    package var text: String? { unsafe Self.string(value) }

    /// This value, when it is an integer: `7.0` is none.
    package var number: Int? {
        unsafe value.pointee.type == JSON_INTEGER ? Int(json_integer_value(value)) : nil
    }

    /// This value, when it is a boolean.
    package var truth: Bool? { kind == .boolean ? unsafe value.pointee.type == JSON_TRUE : nil }

    /// Gives `body` the bytes of a string member without making a `String` of them. Nil when it is absent or no string.
    package func withBytes<Result>(of name: StaticString, _ body: (Span<UInt8>) -> Result) -> Result? {
        guard let member = unsafe optionalMember(name), let text = unsafe json_string_value(member) else { return nil }
        let bytes = unsafe UnsafeRawBufferPointer(start: text, count: json_string_length(member))
        return body(unsafe Span(_unsafeBytes: bytes))
    }

    @unsafe private func optionalMember(_ name: StaticString) -> UnsafeMutablePointer<json_t>? {
        name.withUTF8Buffer { name in
            unsafe UnsafeRawPointer(name.baseAddress).flatMap { start in
                unsafe json_object_getn(value, start.assumingMemoryBound(to: CChar.self), name.count)
            }
        }
    }

    @unsafe private static func string(_ value: UnsafeMutablePointer<json_t>) -> String? {
        guard let text = unsafe json_string_value(value) else { return nil }
        return unsafe String(
            decoding: UnsafeRawBufferPointer(start: text, count: json_string_length(value)), as: UTF8.self)
    }

    @unsafe private static func kind(_ value: UnsafeMutablePointer<json_t>) -> JSONKind {
        switch unsafe value.pointee.type {
        case JSON_OBJECT: .object
        case JSON_ARRAY: .array
        case JSON_STRING: .string
        case JSON_INTEGER: .integer
        case JSON_REAL: .real
        case JSON_TRUE, JSON_FALSE: .boolean
        default: .null
        }
    }
}
