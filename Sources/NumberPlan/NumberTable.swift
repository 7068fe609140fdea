/// Places for single numbers, built once and read by every call. What is at a place is the caller's to know.
///
/// Of a million numbers or ten, which lie dense as those of one country do, each takes four bytes.
package final class NumberTable: Sendable {
    /// E.164 numbers, by their count of digits.
    private let pages: [NumberPages]
    /// All others, which are few.
    private let other: [TelephoneNumber: UInt32]

    private init(_ pages: [NumberPages], _ other: [TelephoneNumber: UInt32]) {
        self.pages = pages
        self.other = other
    }

    package convenience init(_ builder: consuming Builder) {
        let ordered = NumberTable(builder.pages.map(NumberPages.init), builder.other)
        builder.pages = []
        let whole = builder.late.isEmpty ? ordered : ordered.applying(builder.late)
        self.init(whole.pages, whole.other)
    }

    package func place(of number: TelephoneNumber) -> UInt32? {
        guard let key = number.key else { return other[number] }
        return pages[Int(key >> TelephoneNumber.keyValueBits)].place(of: key)
    }

    /// With these numbers at other places, or at none. What they do not touch is shared.
    package func applying(_ changes: [TelephoneNumber: UInt32?]) -> NumberTable {
        var changed = Array(repeating: [NumberPages.Change](), count: pages.count), other = other
        for (number, place) in changes {
            if let key = number.key {
                changed[Int(key >> TelephoneNumber.keyValueBits)].append((key, place))
            } else {
                other[number] = place
            }
        }
        let merged = zip(pages, changed).map { pages, changes in
            changes.isEmpty ? pages : NumberPages(pages, changes: changes.sorted { $0.key < $1.key })
        }
        return NumberTable(merged, other)
    }
}

extension NumberTable {
    /// Takes numbers one by one, at best in order: what comes in any other is kept apart and merged at the end. Of a number
    /// given twice the last place counts.
    package struct Builder: ~Copyable {
        fileprivate var pages = Array(repeating: NumberPages.Builder(), count: 16)
        fileprivate var other: [TelephoneNumber: UInt32] = [:]
        fileprivate var late: [TelephoneNumber: UInt32?] = [:]

        package init() {}

        package mutating func add(_ number: TelephoneNumber, _ place: UInt32) {
            guard let key = number.key else { return other[number] = place }
            let count = Int(key >> TelephoneNumber.keyValueBits)
            if pages[count].isBefore(key) {
                pages[count].append(key, place)
            } else {
                late[number] = place
            }
        }
    }
}
