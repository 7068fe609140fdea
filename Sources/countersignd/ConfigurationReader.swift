internal import Yams

/// Why a configuration file cannot be used, with the line to look at.
struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    let file: String
    let line: Int?
    let reason: String

    var description: String { line.map { "\(file):\($0): \(reason)" } ?? "\(file): \(reason)" }
}

/// One mapping of a YAML file, read key by key. What nobody has asked for when reading ends is an error: a misspelt
/// setting must never be taken for its default.
struct ConfigurationReader {
    private let file: String
    private let path: String
    private let mapping: Node.Mapping?
    private let line: Int?
    private var asked: Set<String> = []

    init(file: String, text: String) throws(ConfigurationError) {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw ConfigurationError(file: file, line: error.line, reason: error.reason)
        } catch {
            throw ConfigurationError(file: file, line: nil, reason: "not YAML")
        }
        guard let root, let mapping = root.mapping else {
            throw ConfigurationError(
                file: file, line: root?.mark?.line, reason: "the file must be a mapping of settings")
        }
        self.init(file: file, path: "", mapping: mapping, line: root.mark?.line)
        try refuseRepeatedKeys()
    }

    private init(file: String, path: String, mapping: Node.Mapping?, line: Int?) {
        self.file = file
        self.path = path
        self.mapping = mapping
        self.line = line
    }

    /// Call it last: names a key that no setting has.
    func finish() throws(ConfigurationError) {
        for (key, _) in mapping ?? [:] where !asked.contains(key.string ?? "") {
            let known = asked.sorted().joined(separator: ", ")
            throw ConfigurationError(
                file: file, line: key.mark?.line,
                reason: "unknown setting \(path)\(key.string ?? "?"); known here: \(known)")
        }
    }

    mutating func string(_ key: String) throws(ConfigurationError) -> String {
        guard let text = try optionalString(key) else { throw missing(key) }
        return text
    }

    mutating func optionalString(_ key: String) throws(ConfigurationError) -> String? {
        guard let node = node(key) else { return nil }
        guard let text = node.scalar?.string, !text.isEmpty else { throw wrong(key, node, "a text") }
        return text
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int>, default fallback: Int) throws(ConfigurationError)
        -> Int
    {
        guard let node = node(key) else { return fallback }
        guard let number = node.int, range.contains(number) else {
            throw wrong(key, node, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func boolean(_ key: String, default fallback: Bool) throws(ConfigurationError) -> Bool {
        guard let node = node(key) else { return fallback }
        guard let truth = node.bool else { throw wrong(key, node, "true or false") }
        return truth
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, default fallback: Choice
    ) throws(ConfigurationError) -> Choice where Choice.RawValue == String {
        guard let node = node(key) else { return fallback }
        guard let choice = node.scalar.flatMap({ Choice(rawValue: $0.string) }) else {
            throw wrong(key, node, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    mutating func strings(_ key: String, default fallback: [String]) throws(ConfigurationError) -> [String] {
        guard let node = node(key) else { return fallback }
        guard let texts = node.sequence?.map({ $0.scalar?.string }), !texts.contains(nil) else {
            throw wrong(key, node, "a list of texts")
        }
        return texts.compactMap { $0 }
    }

    /// A mapping of keys that are not ours to texts; empty when it is not there.
    mutating func texts(_ key: String) throws(ConfigurationError) -> [(key: String, value: String)] {
        guard let node = node(key) else { return [] }
        guard let mapping = node.mapping else { throw wrong(key, node, "a mapping of texts") }
        var texts: [(key: String, value: String)] = []
        for (name, value) in mapping {
            guard let name = name.string, let text = value.scalar?.string, !text.isEmpty else {
                throw wrong(key, value, "a mapping of texts")
            }
            texts.append((name, text))
        }
        guard Set(texts.map(\.key)).count == texts.count else { throw wrong(key, node, "a mapping of different keys") }
        return texts
    }

    /// A mapping within this one; an empty one when the key is not there.
    mutating func section(_ key: String) throws(ConfigurationError) -> ConfigurationReader {
        guard let node = node(key) else {
            return ConfigurationReader(file: file, path: "\(path)\(key).", mapping: nil, line: line)
        }
        guard let mapping = node.mapping else { throw wrong(key, node, "a mapping of settings") }
        let section = ConfigurationReader(file: file, path: "\(path)\(key).", mapping: mapping, line: node.mark?.line)
        try section.refuseRepeatedKeys()
        return section
    }

    mutating func sections(_ key: String) throws(ConfigurationError) -> [ConfigurationReader] {
        guard let node = node(key) else { return [] }
        guard let items = node.sequence else { throw wrong(key, node, "a list") }
        var sections: [ConfigurationReader] = []
        for (index, item) in items.enumerated() {
            guard let mapping = item.mapping else { throw wrong("\(key)[\(index)]", item, "a mapping of settings") }
            let section = ConfigurationReader(
                file: file, path: "\(path)\(key)[\(index)].", mapping: mapping, line: item.mark?.line)
            try section.refuseRepeatedKeys()
            sections.append(section)
        }
        return sections
    }

    /// For what is wrong with a value beyond its type.
    func error(_ key: String, _ reason: String) -> ConfigurationError {
        ConfigurationError(file: file, line: mapping?[key]?.mark?.line ?? line, reason: "\(path)\(key): \(reason)")
    }
}

extension ConfigurationReader {
    var has: Bool { mapping != nil }

    private mutating func node(_ key: String) -> Node? {
        asked.insert(key)
        return mapping?[key]
    }

    private func missing(_ key: String) -> ConfigurationError {
        ConfigurationError(file: file, line: line, reason: "\(path)\(key) is missing")
    }

    private func wrong(_ key: String, _ node: Node, _ expected: String) -> ConfigurationError {
        ConfigurationError(file: file, line: node.mark?.line, reason: "\(path)\(key) must be \(expected)")
    }

    /// YAML forbids them, but its readers take one of the two.
    private func refuseRepeatedKeys() throws(ConfigurationError) {
        var seen: Set<String> = []
        for (key, _) in mapping ?? [:] where !seen.insert(key.string ?? "").inserted {
            throw ConfigurationError(
                file: file, line: key.mark?.line, reason: "\(path)\(key.string ?? "?") stands twice")
        }
    }
}

/// The library's own description quotes the file, sometimes all of it.
extension YamlError {
    fileprivate var line: Int? {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(let keys, let context): Self.secondLine(of: keys.first ?? "", in: context)
        default: nil
        }
    }

    fileprivate var reason: String {
        switch self {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _):
            "not YAML: \(problem)"
        case .duplicatedKeysInMapping(let keys, _): "\(keys.sorted().joined(separator: ", ")) stands twice"
        default: "not YAML: \(self)"
        }
    }

    /// The context tells where the mapping begins, and holds the whole text.
    private static func secondLine(of key: String, in context: Context) -> Int {
        let lines = context.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        let found = lines.dropFirst(max(0, context.mark.line - 2)).filter { line in
            line.element.drop { " -{".contains($0) }.hasPrefix("\(key):")
        }
        return found.count > 1 ? found[1].offset + 1 : context.mark.line
    }
}
