/// What tables are measured against.
enum BinarySearch {
    /// Of the last start that is no greater.
    @inline(never)
    static func place(of key: UInt64, in starts: [UInt64]) -> Int {
        let starts = starts.span
        var low = 0, high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= key { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }
}
