import Foundation
import Jansson
import Records
import Testing

@Suite struct HeadLogTests {
    let folder = TestFolder()
    private let days = [UTCDay(atMilliseconds: noon), UTCDay(atMilliseconds: noon + oneDay)]

    private func file(_ day: UTCDay) -> String { "\(folder.path)/\(day).heads" }

    @Test func `each day's lines are kept in their order, for the owner alone`() throws {
        _ = try folder.writer()
        for log in [HeadLog(folder: folder.path), HeadLog(folder: folder.path)] {
            for (line, day) in [("a", days[0]), ("b", days[1]), ("c", days[0])] { try log.append(line, of: day) }
        }
        #expect(try HeadLog.lines(of: days[0], inFolder: folder.path) == ["a", "c", "a", "c"])
        #expect(try HeadLog.lines(of: days[1], inFolder: folder.path) == ["b", "b"])
        #expect(try HeadLog.lines(of: UTCDay(atMilliseconds: 0), inFolder: folder.path) == [])
        #expect(try folder.mode(of: file(days[0])) == 0o600)
        #expect(try folder.reader.days().count == 1)
    }

    @Test(arguments: ["a\nb\ncut", "a\nb\n"]) func `a line that was cut short is gone`(text: String) throws {
        _ = try folder.writer()
        try Data(text.utf8).write(to: URL(fileURLWithPath: file(days[0])))
        #expect(try HeadLog.lines(of: days[0], inFolder: folder.path) == ["a", "b"])
        try HeadLog(folder: folder.path).append("c", of: days[0])
        #expect(try String(contentsOfFile: file(days[0]), encoding: .utf8) == "a\nb\nc\n")
    }

    @Test(arguments: [1, HeadLog.mostKept, HeadLog.mostKept + 1, 2 * HeadLog.mostKept, 50_000])
    func `of a day that is over so many are kept, evenly, and its last`(_ count: Int) async throws {
        let writer = try folder.writer()
        try await writer.append([signed()])
        // Longer than a piece that is read at one time.
        let lines = (1...count).map { "\($0) " + String(repeating: "h", count: 60) }
        try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: URL(fileURLWithPath: file(days[0])))
        let log = HeadLog(folder: folder.path)
        try log.thin(before: days[0])
        #expect(try HeadLog.lines(of: days[0], inFolder: folder.path) == lines)
        for _ in 0..<2 {
            try log.thin(before: days[1])
            let kept = try HeadLog.lines(of: days[0], inFolder: folder.path)
            let each = (count + HeadLog.mostKept - 1) / HeadLog.mostKept
            #expect(kept == lines.enumerated().filter { (count - 1 - $0.offset).isMultiple(of: each) }.map(\.element))
            #expect(kept.last == lines.last && kept.count <= HeadLog.mostKept)
        }
        #expect(try folder.mode(of: file(days[0])) == 0o400)
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/heads.new"))
    }

    @Test func `a file that cannot be written is an error`() throws {
        #expect(throws: RecordsError.self) { try HeadLog(folder: "/nowhere").append("a", of: days[0]) }
    }

    @Test func `a head comes back as it was written`() async throws {
        let writer = try folder.writer()
        try await writer.append([signed(), signed()])
        let head = try #require(writer.head)
        #expect(try read(text(of: head)) == head)
    }

    @Test(arguments: [
        (#""record":"20261123-000000002""#, #""record":"20261123-2""#), (#""records":2"#, #""records":0"#),
        (#""records":2"#, #""records":"2""#), (#""at":1"#, #""On":1"#), (#""hash":""#, #""hash":"A"#),
    ])
    func `what is no head is none`(part: String, other: String) async throws {
        let writer = try folder.writer()
        try await writer.append([signed(), signed()])
        let text = try text(of: #require(writer.head))
        #expect(text.contains(part))
        #expect(try read(text.replacing(part, with: other)) == nil)
    }

    private func text(of head: ChainHead) -> String {
        var text = JSONText()
        text.raw(#"{"iat":1"#)
        head.write(to: &text)
        text.raw("}")
        return String(decoding: text.bytes, as: UTF8.self)
    }

    private func read(_ text: String) throws -> ChainHead? {
        let claims = try JSON(parsing: text.utf8.span)
        return ChainHead(claims)
    }
}
