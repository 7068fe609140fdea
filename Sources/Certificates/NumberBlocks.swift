package import NumberPlan

/// Numbers of one length in a row, both ends included; or one that holds `*` or `#`, alone.
package struct NumberBlock: Hashable, Sendable {
    /// RFC 8226 §9.
    package static let longest = 15

    package let first, last: Digits
    /// As integers of that length; nil for `*` and `#`.
    let values: ClosedRange<Int>?

    /// Nil if it is longer than RFC 8226 §9 allows.
    package init?(only number: Digits) {
        guard number.count <= Self.longest else { return nil }
        first = number
        last = number
        values = Self.value(of: number).map { $0...$0 }
    }

    /// Nil unless `start` is digits only, `count` two or more, and start + count below 10^D (RFC 8226 §9).
    init?(start: Digits, count: Int) {
        guard count >= 2, let value = Self.value(of: start) else { return nil }
        let (end, overflow) = value.addingReportingOverflow(count)
        guard !overflow, end < Self.numbers(ofLength: start.count) else { return nil }
        self.init(value...(end - 1), length: start.count)
    }

    init?(_ values: ClosedRange<Int>, length: Int) {
        guard let first = Self.digits(values.lowerBound, length: length),
            let last = Self.digits(values.upperBound, length: length)
        else { return nil }
        self.first = first
        self.last = last
        self.values = values
    }

    private static func value(of digits: Digits) -> Int? {
        guard digits.isDecimal, digits.count <= longest else { return nil }
        return Int(digits.description)
    }

    private static func numbers(ofLength length: Int) -> Int {
        (0..<min(length, longest)).reduce(1) { number, _ in number * 10 }
    }

    private static func digits(_ value: Int, length: Int) -> Digits? {
        let text = String(value)
        guard text.utf8.count <= length, length <= longest else { return nil }
        return Digits(String(repeating: "0", count: length - text.utf8.count) + text)
    }
}

extension NumberBlock: CustomStringConvertible {
    package var description: String { first == last ? "\(first)" : "\(first)-\(last)" }
}

/// The union of blocks: those that overlap or touch are one, all are in order.
///
/// Digit strings of one length sort as the integers do, and a shorter one sorts first, so that a look-up
/// compares ``Digits`` as they are.
package struct NumberBlocks: Hashable, Sendable {
    private let decimal: [NumberBlock]
    /// Apart, since "18*0" would sort into the middle of 1000 to 1999.
    private let symbols: [NumberBlock]

    package init(_ blocks: [NumberBlock]) {
        let sorted = blocks.sorted { ($0.first, $0.last) < ($1.first, $1.last) }
        decimal = sorted.filter { $0.values != nil }.reduce(into: []) { joined, block in
            if let last = joined.last, let both = Self.joined(last, block) {
                joined[joined.count - 1] = both
            } else {
                joined.append(block)
            }
        }
        symbols = sorted.filter { $0.values == nil }.reduce(into: []) { kept, block in
            if kept.last != block { kept.append(block) }
        }
    }

    package var blocks: [NumberBlock] { decimal + symbols }
    package var isEmpty: Bool { decimal.isEmpty && symbols.isEmpty }

    package func covers(_ number: Digits) -> Bool {
        guard number.isDecimal else { return symbols.contains { $0.first == number } }
        guard let place = decimal.lastIndex(startingAtOrBefore: number) else { return false }
        return number <= decimal[place].last
    }

    /// What of `other` lies outside.
    package func missing(from other: NumberBlocks) -> NumberBlocks {
        NumberBlocks(
            other.decimal.flatMap { missing(from: $0) } + other.symbols.filter { !symbols.contains($0) })
    }

    private func missing(from block: NumberBlock) -> [NumberBlock] {
        guard let wanted = block.values else { return [] }
        let length = block.first.count
        var missing: [NumberBlock?] = [], next = wanted.lowerBound
        for ours in decimal[(decimal.lastIndex(startingAtOrBefore: block.first) ?? 0)...] {
            guard ours.first <= block.last else { break }
            guard ours.last >= block.first, let had = ours.values else { continue }
            if had.lowerBound > next { missing.append(NumberBlock(next...(had.lowerBound - 1), length: length)) }
            next = had.upperBound + 1
        }
        if next <= wanted.upperBound { missing.append(NumberBlock(next...wanted.upperBound, length: length)) }
        return missing.compactMap(\.self)
    }

    /// Nil when there is room between the two, or they differ in length.
    private static func joined(_ one: NumberBlock, _ next: NumberBlock) -> NumberBlock? {
        guard one.first.count == next.first.count, let low = one.values, let high = next.values,
            high.lowerBound <= low.upperBound + 1
        else { return nil }
        return NumberBlock(low.lowerBound...max(low.upperBound, high.upperBound), length: one.first.count)
    }
}

extension [NumberBlock] {
    fileprivate func lastIndex(startingAtOrBefore number: Digits) -> Int? {
        var low = 0, high = count
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle].first <= number { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? low - 1 : nil
    }
}
