internal import Jansson

/// One object of a plan's file, read member by member. A member that nobody has asked for is an error: a misspelt one
/// must never be taken for one that is not there.
struct PlanReader: ~Copyable {
    private let json: JSON
    /// With a full stop at its end; empty for the file itself.
    private let path: String
    private var asked: Set<String> = ["note"]

    private static let limits = JSONLimits(bytes: DialPlan.largestFile, depth: 5, stringBytes: 1_024)

    init(_ text: Span<UInt8>) throws(PlanFault) { try self.init(Self.parsed(text), path: "the file", inner: "") }

    private init(_ json: consuming JSON, path: String, inner: String) throws(PlanFault) {
        guard json.kind == .object else { throw .wrong(path: path, expected: "an object, in braces") }
        self.json = json
        self.path = inner
    }

    private static func parsed(_ text: Span<UInt8>) throws(PlanFault) -> JSON {
        do throws(JSONError) { return try JSON(parsing: text, limits: limits) } catch { throw PlanFault(error) }
    }

    /// Call it last.
    func finish() throws(PlanFault) {
        for name in json.names where !asked.contains(name) {
            throw .unknown(path: path + name, known: asked.sorted())
        }
    }

    func path(_ name: String) -> String { path + name }
}

extension PlanReader {
    /// What `read` makes of a text.
    mutating func optional<Value>(
        _ name: String, _ expected: String, _ read: (String) -> Value?
    ) throws(PlanFault) -> Value? {
        guard let member = member(name) else { return nil }
        guard let value = member.text.flatMap(read) else { throw .wrong(path: path(name), expected: expected) }
        return value
    }

    mutating func value<Value>(
        _ name: String, _ expected: String, _ read: (String) -> Value?
    ) throws(PlanFault) -> Value {
        guard let value = try optional(name, expected, read) else { throw .missing(path: path(name)) }
        return value
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String
    ) throws(PlanFault) -> Choice where Choice.RawValue == String {
        try value(name, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "), Choice.init(rawValue:))
    }

    mutating func boolean(_ name: String) throws(PlanFault) -> Bool {
        guard let member = member(name) else { return false }
        guard let truth = member.truth else { throw .wrong(path: path(name), expected: "true or false") }
        return truth
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) throws(PlanFault) -> Int {
        guard let member = member(name) else { throw .missing(path: path(name)) }
        return try Self.integer(member, in: range, path: path(name))
    }

    /// A list of at least one text.
    mutating func values<Value>(
        _ name: String, _ expected: String, _ read: (String) -> Value?
    ) throws(PlanFault) -> [Value] {
        let values = try optionalValues(name, expected, read)
        guard !values.isEmpty else { throw .wrong(path: path(name), expected: "a list of at least one: \(expected)") }
        return values
    }

    mutating func optionalValues<Value>(
        _ name: String, _ expected: String, _ read: (String) -> Value?
    ) throws(PlanFault) -> [Value] {
        var values: [Value] = []
        try eachElement(name) { element, path throws(PlanFault) in
            guard let value = element.text.flatMap(read) else { throw .wrong(path: path, expected: expected) }
            values.append(value)
        }
        return values
    }

    /// A list of at least one number.
    mutating func integers(_ name: String, in range: ClosedRange<Int>) throws(PlanFault) -> [Int] {
        var numbers: [Int] = []
        try eachElement(name) { element, path throws(PlanFault) in
            numbers.append(try Self.integer(element, in: range, path: path))
        }
        guard !numbers.isEmpty else { throw .wrong(path: path(name), expected: "a list of at least one number") }
        return numbers
    }

    /// Nothing is done where there is no such member.
    mutating func object(
        _ name: String, _ body: (inout PlanReader) throws(PlanFault) -> Void
    ) throws(PlanFault) {
        guard let member = member(name) else { return }
        var reader = try PlanReader(member, path: path(name), inner: path(name) + ".")
        try body(&reader)
        try reader.finish()
    }

    /// A list of at least one object.
    mutating func objects(
        _ name: String, _ body: (inout PlanReader) throws(PlanFault) -> Void
    ) throws(PlanFault) {
        guard let list = member(name) else { throw .missing(path: path(name)) }
        guard list.count > 0 else { throw .wrong(path: path(name), expected: "a list of at least one object") }
        try eachElement(name) { element, path throws(PlanFault) in
            var reader = try PlanReader(element, path: path, inner: path + ".")
            try body(&reader)
            try reader.finish()
        }
    }
}

extension PlanReader {
    private mutating func member(_ name: String) -> JSON? {
        asked.insert(name)
        return json.member(name)
    }

    private mutating func eachElement(
        _ name: String, _ body: (consuming JSON, _ path: String) throws(PlanFault) -> Void
    ) throws(PlanFault) {
        guard let list = member(name) else { return }
        guard list.kind == .array else { throw .wrong(path: path(name), expected: "a list, in brackets") }
        for index in 0..<list.count {
            guard let element = list.element(index) else { continue }
            try body(element, "\(path(name))[\(index)]")
        }
    }

    private static func integer(
        _ json: borrowing JSON, in range: ClosedRange<Int>, path: String
    ) throws(PlanFault) -> Int {
        guard let number = json.number, range.contains(number) else {
            throw .wrong(path: path, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
