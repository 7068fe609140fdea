internal import NumberPlan

/// To which carriers numbers were ported, by the carriers' places: a large table, and over it what has become of some.
struct PortedNumbers: Sendable {
    private let base: NumberTable
    /// Nil for a number that is no longer ported. Empty where nothing has changed.
    private let overlay: [TelephoneNumber: UInt32?]

    init(_ base: NumberTable, overlay: [TelephoneNumber: UInt32?] = [:]) {
        self.base = base
        self.overlay = overlay
    }

    func place(of number: TelephoneNumber) -> UInt32? {
        if !overlay.isEmpty, let place = overlay[number] { return place }
        return base.place(of: number)
    }

    /// - Parameter carriers: where carriers get their places.
    func applying(
        _ changes: [TelephoneNumber: LedgerChanges.Change<String>], carriers: inout Register<Carrier>
    ) -> PortedNumbers {
        var overlay = overlay
        for (number, change) in changes {
            overlay.updateValue(change.row.map { carriers.place(of: $0) }, forKey: number)
        }
        return PortedNumbers(base, overlay: overlay)
    }

    /// How many lie over the table.
    var overlaid: Int { overlay.count }

    /// The same as one table.
    func merged() -> PortedNumbers { PortedNumbers(base.applying(overlay)) }
}
