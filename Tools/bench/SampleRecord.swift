import Records

/// Records as the daemon writes them.
enum SampleRecord {
    static func signed(_ indices: Range<Int>, at time: (Int) -> Int) -> RecordLines {
        RecordLines(indices.map { signed($0, atMilliseconds: time($0)) })
    }

    static func verified(_ indices: Range<Int>, at time: (Int) -> Int) -> RecordLines {
        RecordLines(indices.map { verified($0, atMilliseconds: time($0)) })
    }

    static func callee(_ index: Int) -> String { "+8613\(100_000_000 + scattered(index) % 800_000_000)" }

    private static func signed(_ index: Int, atMilliseconds time: Int) -> Record {
        var record = call(.signed, index, atMilliseconds: time)
        (record.attest, record.ledgerVersion, record.verdict, record.reason) = ("A", 7, "signed", "own_number")
        record.inputs = [
            Record.Input("source", "10.0.0.7"), Record.Input("customer", "acme"), Record.Input("grant", "12"),
        ]
        record.tokens = [String(repeating: "eyJhbGciOiJFUzI1NiIsInBwdCI6InNoYWtlbiIsInR5cCI6InBhc3Nwb3J0Ii", count: 9)]
        return record
    }

    private static func verified(_ index: Int, atMilliseconds time: Int) -> Record {
        var record = call(.verified, index, atMilliseconds: time)
        (record.attest, record.verdict, record.reason, record.sipCode) = ("A", "allow", "valid", 200)
        record.peer = "1001"
        return record
    }

    private static func call(_ kind: Record.Kind, _ index: Int, atMilliseconds time: Int) -> Record {
        var record = Record(kind, atMilliseconds: time)
        record.call = "\(scattered(index))-\(index)@10.0.0.7"
        record.dest = [callee(index)]
        record.orig = "+86571\(10_000_000 + scattered(index &+ 1) % 80_000_000)"
        record.origid = "7e6af518-afe3-4e10-9ac3-\(100_000_000_000 + scattered(index) % 800_000_000_000)"
        record.credential = "5ad1d1b1c0ffee5ad1d1b1c0ffee5ad1d1b1c0ffee5ad1d1b1c0ffee5ad1d1b1"
        (record.trunk, record.planVersion) = ("ic-west", "cn-2026.1@7628aada60bb")
        return record
    }

    private static func scattered(_ index: Int) -> Int { (index &* 0x1E37_79B9_7F4A_7C15) >> 16 & 0xFFFF_FFFF_FFFF }
}
