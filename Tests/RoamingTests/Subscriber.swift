import NumberPlan

/// Mobile numbers, each of its own.
func subscriber(_ index: Int) -> TelephoneNumber {
    TelephoneNumber(described: "+86138" + String(100_000_000 + index).dropFirst())!
}

/// Looks until it is so. What never comes runs into the time limit of its suite.
func eventually(_ isSo: () async throws -> Bool) async throws {
    while try await !isSo() {
        try Task.checkCancellation()
        await Task.yield()
    }
}
