internal import NumberPlan

/// Listings by the numbers they are for.
final class ListingTable: Sendable {
    private let listings: [Listing]
    private let ranges: RangeTable

    init(_ listings: [Listing]) {
        self.listings = listings
        ranges = RangeTable(listings.enumerated().map { ($1.range, UInt32($0)) })
    }

    func contains(_ number: TelephoneNumber, where accepts: (Listing) -> Bool) -> Bool {
        ranges.first(covering: number) { accepts(listings[Int($0)]) } != nil
    }
}
