import Forgery
import Foundation
import Records
import Testing

/// By chance, in a chain that is longer: what is done to it is always found.
@Suite struct AuditSampleTests {
    @Test(arguments: 0..<4) func `whatever is done to a chain by chance is found`(seed: UInt64) async throws {
        let folder = TestFolder()
        var chance = SeededGenerator(seed: seed)
        for day in 0..<3 {
            let writer = try folder.writer(at: noon + day * oneDay)
            for batch in 0..<5 {
                let records = (0..<Int.random(in: 1...20, using: &chance)).map {
                    signed("\(batch).\($0)", at: noon + day * oneDay)
                }
                try await writer.append(records)
            }
        }
        #expect(try folder.audit() == [])
        for name in ["2026-11-23", "2026-11-24", "2026-11-25"] {
            let text = Array(try Data(contentsOf: URL(fileURLWithPath: folder.journal(name)))),
                owners = try Owners(of: text)
            for _ in 0..<25 {
                let place = Int.random(in: text.indices, using: &chance)
                try folder.edit(name) { $0 = text.changed(at: place, by: UInt8.random(in: 1...255, using: &chance)) }
                let found = try folder.audit()
                #expect(
                    found.contains { owners.isNamed(place, in: $0) }, "\(name), \(place), \(owners[place]): \(found)")
            }
            let lines = text.lines
            for _ in 0..<25 {
                let one = Int.random(in: 0..<lines.count - 1, using: &chance)
                let other = Int.random(in: one + 1..<lines.count, using: &chance)
                let changed = [lines.without(one), lines.doubled(one), lines.swapped(one, other)].randomElement(
                    using: &chance)
                try folder.edit(name) { $0 = Array((changed ?? []).joined()) }
                let found = try folder.audit()
                #expect(!found.isEmpty, "\(name), \(one), \(other)")
            }
            try folder.edit(name) { $0 = text }
        }
        #expect(try folder.audit() == [])
    }
}
