import Certificates
import Exchange
import MiniPKI
import Statements
import Testing

/// The words of carriers in a row, signed by each, and what comes of them. 3003 lets the call in for its subscriber and
/// traces it; 2002 is between; 1001 has the customer.
@Suite struct TraceChainTests {
    private let carriers = Carriers()

    private func chain(
        _ answers: [StoredAnswer], question: TraceQuestion? = nil, trust: TrustSnapshot? = nil
    ) async throws -> TraceChain {
        let question = try await carriers.signed(question ?? Carriers.question, by: "3003")
        return try TraceChain(question: question, answers: answers, trust: trust ?? carriers.trust)
    }

    private func honest(_ change: (inout TraceAnswer, inout TraceAnswer) -> Void = { _, _ in }) async throws
        -> [StoredAnswer]
    {
        var transit = Carriers.handedOver(to: "3003", by: "b-c", from: "1001", "a-b")
        var origin = Carriers.originated(asker: "2002", by: "a-b")
        change(&transit, &origin)
        return [try await carriers.signed(transit, by: "2002"), try await carriers.signed(origin, by: "1001")]
    }

    @Test(arguments: [2, 3, 5, 9])
    func `the way is walked to the end by what each has signed, in whatever order it came`(_ count: Int) async throws {
        let names = (1...count).map { "\($0)00\($0)" }
        var answers: [StoredAnswer] = []
        for place in names.indices.dropLast() {
            let asker = names[place + 1], circuit = "circuit-\(place)"
            let answer =
                place == 0
                ? Carriers.originated(asker: asker, by: circuit)
                : Carriers.handedOver(to: asker, by: circuit, from: names[place - 1], "circuit-\(place - 1)")
            answers.append(try await carriers.signed(answer, by: names[place]))
        }
        var question = Carriers.question
        (question.to, question.circuit) = (names[count - 2], "circuit-\(count - 2)")
        let signed = try await carriers.signed(question, by: names[count - 1])
        let chain = try TraceChain(question: signed, answers: answers, trust: carriers.trust)
        #expect(chain.hops.map(\.carrier) == names.dropLast().reversed())
        #expect(chain.end == .answered(by: names[0], .originated))
        #expect(chain.requester == names[count - 1] && chain.strays.isEmpty && chain.contradictions.isEmpty)
    }

    @Test func `a carrier that was named and has said nothing is where it ends`() async throws {
        #expect(try await chain([]).end == .silent("2002"))
        #expect(try await chain(Array(honest().prefix(1))).end == .silent("1001"))
    }

    @Test(arguments: TraceAnswer.Outcome.allCases.filter { $0 != .handedOver })
    func `any answer but that of a handover is the last`(_ outcome: TraceAnswer.Outcome) async throws {
        let answers = try await honest { transit, _ in
            transit.outcome = outcome
            transit.customerDigest = outcome == .originated ? "digest" : nil
        }
        let chain = try await chain(answers)
        #expect(chain.end == .answered(by: "2002", outcome))
        #expect(chain.hops.map(\.carrier) == ["2002"] && chain.strays.map(\.carrier) == ["1001"])
    }

    @Test func `a way that leads back to itself is a ring`() async throws {
        let there = Carriers.handedOver(to: "3003", by: "b-c", from: "3003", "c-b")
        let back = Carriers.handedOver(to: "2002", by: "c-b", from: "2002", "b-c")
        let chain = try await chain([carriers.signed(there, by: "2002"), carriers.signed(back, by: "3003")])
        #expect(chain.end == .ring("2002") && chain.hops.count == 2)
    }

    @Test(arguments: [
        ("4004", "3003", "b-c"), ("2002", "4004", "b-c"), ("2002", "3003", "another"),
    ])
    func `an answer that nobody asked for is not on the way`(
        _ carrier: String, _ asker: String, _ circuit: String
    ) async throws {
        let answer = Carriers.originated(asker: asker, by: circuit)
        let chain = try await chain([carriers.signed(answer, by: carrier)])
        #expect(chain.hops.isEmpty && chain.strays.map(\.carrier) == [carrier] && chain.end == .silent("2002"))
    }

    @Test func `of two words of one carrier the first is followed and the other is shown`() async throws {
        let honest = try await honest()
        var other = Carriers.originated(asker: "3003", by: "b-c")
        other.cli = "+8613800000009"
        let chain = try await chain(honest + [carriers.signed(other, by: "2002")])
        #expect(chain.end == .answered(by: "1001", .originated) && chain.strays.map(\.answer) == [other])
    }
}

extension TraceChainTests {
    @Test func `a transit that rewrites shows between its word and that of its neighbour`() async throws {
        // The caller let in as 9 by 2002, and as 1 by 3003, to which 2002 handed the call over.
        let answers = try await honest { transit, origin in
            transit.cli = "+8613800000009"
            origin.cli = "+8613800000009"
        }
        let found = try await chain(answers).contradictions
        #expect(
            found == [
                TraceContradiction(
                    .callingNumber, upstream: .init("2002", "+8613800000009"), downstream: .init("3003", Carriers.cli))
            ])
    }

    @Test func `a hop that lies is named with its neighbour's word against its own`() async throws {
        let answers = try await honest { _, origin in origin.outcome = .notFound }
        let found = try await chain(answers).contradictions
        #expect(found.map(\.matter) == [.handover])
        #expect(found.first?.upstream == .init("1001", "that there was no such call"))
        #expect(found.first?.downstream == .init("2002", "that it came from 1001 by a-b"))
    }

    @Test func `each matter that two sign differently is found, and only that`() async throws {
        let called = try await chain(honest { _, origin in origin.called = "+8613900000000" }).contradictions
        #expect(called.map(\.matter) == [.calledNumber])
        let token = try await chain(honest { _, origin in origin.token = "other" }).contradictions
        #expect(token.map(\.matter) == [.token])
        // What one of the two does not know is no word against the other.
        let unknown = try await chain(honest { _, origin in (origin.token, origin.cli) = (nil, nil) }).contradictions
        #expect(unknown.isEmpty)
    }

    @Test(arguments: [
        (0, 90_000, true), (0, 90_001, false), (0, -90_001, false), (30_000, -30_000, true), (-30_000, 30_000, true),
        (-30_000, 120_001, false), (30_000, -120_001, false), (nil, 90_001, false), (30_000, 90_000, false),
    ])
    func `clocks that differ as measured are at one, and others are not`(
        _ offset: Int?, _ later: Int, _ isAtOne: Bool
    ) async throws {
        let answers = try await honest { _, origin in (origin.at, origin.clockOffset) = (Carriers.at + later, offset) }
        #expect(try await chain(answers).contradictions.map(\.matter) == (isAtOne ? [] : [.time]))
    }

    @Test(arguments: [Int.max, .min])
    func `times beyond all measure are a contradiction and no trap`(_ extreme: Int) async throws {
        let answers = try await honest { transit, origin in
            (transit.at, origin.at, origin.clockOffset) = (-1, extreme, extreme)
        }
        #expect(try await chain(answers).contradictions.map(\.matter) == [.time, .time])
    }
}

extension TraceChainTests {
    private func fault(_ body: () async throws -> Void) async throws -> TraceFault? {
        do { try await body() } catch let fault as TraceFault { return fault }
        return nil
    }

    @Test func `an answer to another trace, or under another's name, is no answer`() async throws {
        let other = try await honest { _, origin in origin.trace = "00000000-0000-4000-8000-000000000009" }
        #expect(try await fault { _ = try await chain(other) } == .otherTrace(2))
        var named = try await honest()
        named[0] = StoredAnswer(carrier: "1001", statement: named[0].statement, disclosure: nil)
        #expect(try await fault { _ = try await chain(named) } == .answer(1, .notOfCarrier("1001")))
    }

    @Test func `a statement of another kind, or one that lacks what its kind must say, proves nothing`() async throws {
        let answer = try await carriers.signed(Carriers.question, by: "2002")
        let asAnswer = StoredAnswer(carrier: "2002", statement: answer, disclosure: nil)
        let kind = StatementFault.otherKind(StatementKind.traceQuestion.type)
        #expect(try await fault { _ = try await chain([asAnswer]) } == .answer(1, kind))
        let empty = try await carriers.signed(Statement(.traceAnswer, by: "2002", at: MiniPKI.now) { _ in })
        let asEmpty = StoredAnswer(carrier: "2002", statement: empty, disclosure: nil)
        #expect(try await fault { _ = try await chain([asEmpty]) } == .notAnAnswer(1))
        var long = Carriers.question
        long.window = TraceQuestion.longestWindow + 1
        #expect(try await fault { _ = try await chain([], question: long) } == .notAQuestion)
    }

    @Test func `with a stranger's anchors nothing holds`() async throws {
        let stranger = TrustSnapshot(anchors: MiniPKI().anchors, epoch: 1)
        guard case .question(.certificate)? = try await fault({ _ = try await chain([], trust: stranger) }) else {
            return #expect(Bool(false), "the question was believed")
        }
    }

    @Test func `the customer is who the carrier has signed the digest of, or nobody`() async throws {
        let answers = try await honest()
        let told = StoredAnswer(
            carrier: "1001", statement: answers[1].statement, disclosure: Carriers.disclosure)
        #expect(try await chain([answers[0], told]).hops.last?.disclosure == Carriers.disclosure)
        let other = StoredAnswer(
            carrier: "1001", statement: answers[1].statement, disclosure: Disclosure(text: #"{"customer":"another"}"#))
        #expect(try await fault { _ = try await chain([answers[0], other]) } == .disclosure("1001"))
    }
}
