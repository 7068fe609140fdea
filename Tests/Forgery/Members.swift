/// The members of a JSON object in the order in which they are written, each value as its own JSON text.
package struct Members: Sendable, ExpressibleByDictionaryLiteral {
    package var list: [(name: String, value: String)]

    package init(dictionaryLiteral members: (String, String)...) { list = members.map { ($0.0, $0.1) } }

    /// Sets in place, or at the end; nil removes.
    package subscript(name: String) -> String? {
        get { list.first { $0.name == name }?.value }
        set {
            guard let newValue else { return list.removeAll { $0.name == name } }
            if let index = list.firstIndex(where: { $0.name == name }) {
                list[index].value = newValue
            } else {
                list.append((name, newValue))
            }
        }
    }

    /// Once more, whether it is there or not.
    package mutating func repeating(_ name: String, _ value: String) { list.append((name, value)) }

    package var text: String { "{" + list.map { "\"\($0.name)\":\($0.value)" }.joined(separator: ",") + "}" }
}
