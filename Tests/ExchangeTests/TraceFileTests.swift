import Certificates
import Exchange
import MiniPKI
import Statements
import Testing

@Suite struct TraceFileTests {
    private let carriers = Carriers()

    private func file() async throws -> TraceFile {
        let transit = Carriers.handedOver(to: "3003", by: "b-c", from: "1001", "a-b")
        let origin = try await carriers.signed(Carriers.originated(asker: "2002", by: "a-b"), by: "1001")
        let told = StoredAnswer(carrier: "1001", statement: origin.statement, disclosure: Carriers.disclosure)
        return TraceFile(
            question: try await carriers.signed(Carriers.question, by: "3003"),
            answers: [try await carriers.signed(transit, by: "2002"), told])
    }

    /// What a stranger does with it who has nothing but the anchors.
    private func chain(_ bytes: [UInt8]) throws(TraceFault) -> TraceChain {
        let file = try TraceFile(reading: bytes)
        return try TraceChain(question: file.question, answers: file.answers, trust: carriers.trust)
    }

    @Test func `what was written is read again, and proves the same to a stranger`() async throws {
        let file = try await file()
        #expect(try TraceFile(reading: file.text) == file)
        let chain = try chain(file.text)
        #expect(chain.end == .answered(by: "1001", .originated))
        #expect(chain.hops.last?.disclosure == Carriers.disclosure)
    }

    @Test func `each byte of it counts`() async throws {
        var bytes = try await file().text
        let structure = Set("{}[]\":,\n".utf8)
        for place in bytes.indices where place % 11 == 0 || structure.contains(bytes[place]) {
            let was = bytes[place]
            bytes[place] = was == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(throws: TraceFault.self, "byte \(place)") { try chain(bytes) }
            bytes[place] = was
        }
        #expect(try chain(bytes).hops.count == 2)
    }

    @Test(arguments: [
        (" ", ""), ("", " "), ("", "{}"),
    ])
    func `what stands before or behind it was not written with it`(_ before: String, _ behind: String) async throws {
        let bytes = Array(before.utf8) + (try await file().text) + Array(behind.utf8)
        #expect(throws: TraceFault.self) { try chain(bytes) }
    }

    @Test(arguments: [
        #"{}"#, #"{"question":"a"}"#, #"{"question":"a","answers":{}}"#, #"{"question":"a","answers":["b"]}"#,
        #"{"question":"a","answers":[[]]}"#, #"{"question":"a","answers":[{"carrier":"1001"}]}"#, "[]", "",
    ])
    func `another text is not the file of a trace`(_ text: String) throws {
        do throws(TraceFault) {
            _ = try TraceFile(reading: Array(text.utf8))
            Issue.record("it was read")
        } catch { guard case .notJSON = error else { return #expect(Bool(false), "\(error)") } }
    }

    @Test func `a name that we do not write, or another version, is refused`() async throws {
        let text = String(decoding: try await file().text, as: UTF8.self)
        for changed in [
            text.replacing(#"{"version":1"#, with: #"{"version":2"#),
            text.replacing(#"{"version":1"#, with: #"{"note":"","version":1"#),
        ] { #expect(throws: TraceFault.notAsWritten) { try chain(Array(changed.utf8)) } }
    }

    @Test func `one that is too long is not even looked into`() {
        let bytes = [UInt8](repeating: UInt8(ascii: " "), count: TraceFile.longest + 1)
        #expect(throws: TraceFault.tooLarge) { try TraceFile(reading: bytes) }
    }

    @Test func `an answer that was taken out is one that is missing`() async throws {
        let file = try await file()
        let shorter = TraceFile(question: file.question, answers: [file.answers[0]])
        #expect(try chain(shorter.text).end == .silent("1001"))
    }

    @Test(arguments: [[0, 0, 0], [30_000, -30_000, 30_000], [-30_000, 30_000, 0]])
    func `a trace of a call, whatever the clocks, is proved by its file and contradicts itself nowhere`(
        _ skews: [Int]
    ) async throws {
        let row = try TracedRow(3, skews: skews)
        try await row.call()
        let id = try row.begin()
        try await row.settle()
        let trace = try #require(try row.last.store.traces(id: id).first), question = try #require(trace.question)
        let file = try TraceFile(reading: TraceFile(question: question, answers: row.last.store.answers(to: id)).text)
        let trust = TrustSnapshot(anchors: row.pki.anchors, epoch: 1)
        let chain = try TraceChain(question: file.question, answers: file.answers, trust: trust)
        #expect(chain.hops.map(\.carrier) == ["1002", "1001"] && chain.end == .answered(by: "1001", .originated))
        #expect(chain.hops.last?.disclosure != nil && chain.contradictions.isEmpty)
    }
}
