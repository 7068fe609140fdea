import ArgumentParser
import Certificates
import Exchange
import Foundation
import LibCrypto
import NumberPlan
import Records
import Statements

struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace", abstract: "Find out who let a call in, from carrier to carrier, by signed answers.",
        discussion: """
            A trace begins at this carrier's own record of the call, never at the number that the call showed. The daemon asks \
            the carrier that handed the call over, who asks the one before it, up to the customer or the gateway it began at. \
            Who the customer is only whoever has begun the trace can read.
            """,
        subcommands: [Start.self, List.self, Show.self, Export.self, Verify.self])
}

extension TraceCommand {
    struct Data: ParsableArguments {
        @Option(help: ArgumentHelp("The data folder.", valueName: "folder")) var data = "."
    }

    struct Anchors: ParsableArguments {
        @Option(help: ArgumentHelp("Whose word is believed: a folder of PEM files, or one.", valueName: "path"))
        var anchors: String

        func trust() throws -> TrustSnapshot {
            var files = [anchors]
            if let names = try? FileManager.default.contentsOfDirectory(atPath: anchors) {
                files = names.filter { !$0.hasPrefix(".") }.sorted().map { "\(anchors)/\($0)" }
            }
            var found: [Certificate] = []
            for file in files {
                guard let text = FileManager.default.contents(atPath: file),
                    let read = try? Certificate.all(inPEM: Array(text).span, atMost: TrustList.mostAnchors)
                else { throw CommandFault("\(file) holds no certificates: give the anchors as PEM") }
                found += read
            }
            guard !found.isEmpty else {
                throw CommandFault("\(anchors) holds no certificates: give the anchors as PEM")
            }
            return TrustSnapshot(anchors: found, epoch: 0)
        }
    }

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Begin to trace a call, and print the trace's id.",
            discussion: "Of several calls that could be meant none is guessed: they are shown, and --record picks one.")

        @OptionGroup var source: Data
        @Option(help: ArgumentHelp("Whom it was to, as records have it: +8613800138000.", valueName: "number"))
        var called: String
        @Option(help: ArgumentHelp("When, in UTC: 2026-11-23T12:00:00Z.", valueName: "time")) var at: RecordTime
        @Option(help: ArgumentHelp("How far off that may be: 90s, 5m.", valueName: "time")) var window = TraceSpan(
            seconds: 90)
        @Option(help: ArgumentHelp("The number it showed, to tell it from others.", valueName: "number")) var cli:
            String?
        @Option(help: "The trunk it came in by, likewise.") var trunk: String?
        @Option(help: ArgumentHelp("Our own record of it.", valueName: "id")) var record: String?
        @Flag(help: "Each carrier has 4 hours and not 24 to answer.") var urgent = false
        @Option(help: ArgumentHelp("How long each carrier has: 30m, 4h, 2d.", valueName: "time")) var deadline:
            TraceSpan?
        @OptionGroup(title: "What is known beside the call; it goes to every carrier") var incident: IncidentOptions
        @Option(help: "Who asks.") var by: String
        @Option(help: "Why: the case, the complaint, the request of an authority. It goes to every carrier.") var why:
            String
        @Flag(help: "Wait for its end, and show it.") var wait = false

        func validate() throws {
            guard TelephoneNumber(described: called) != nil else {
                throw ValidationError("--called is a number as records have it: +8613800138000, or 86:95588")
            }
            guard !by.isEmpty, (1...TraceQuestion.longestWhy).contains(why.unicodeScalars.count) else {
                throw ValidationError(
                    "--by and --why say who asks and why, in at most \(TraceQuestion.longestWhy) characters")
            }
            guard window.seconds <= 3_600 else { throw ValidationError("--window is an hour at most") }
        }

        func run() async throws {
            var random = RandomBytes()
            let now = Int(Date().timeIntervalSince1970), id = random.uuid()
            let patience = deadline?.seconds ?? (urgent ? 4 : 24) * 3_600
            try Console.reporting {
                try ExchangeStore.opened(in: source.data).begin(
                    Trace(
                        id: id, started: now, by: by, why: why, called: called, at: at.milliseconds,
                        span: window.seconds * 1_000, cli: cli, trunk: trunk, record: record, isUrgent: urgent,
                        incident: incident.incident, patience: patience))
            }
            print(id)
            guard wait else { return }
            while true {
                let store = try ExchangeStore.opened(in: source.data)
                if let trace = try store.traces(id: id).first, trace.state == .ended {
                    return print(printable(trace.finding ?? ""))
                }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the traces that were begun here, the newest last.")

        @OptionGroup var source: Data
        @Option(help: "The newest so many.") var limit = 100

        func run() throws {
            try Console.reporting {
                let traces = try ExchangeStore.opened(in: source.data).traces(limit: max(1, limit))
                printTable(
                    ["ID", "BEGUN", "BY", "CALLED", "AT", "STATE", "FINDING"],
                    traces.map { trace in
                        [
                            trace.id, TraceTime.text(trace.started * 1_000), trace.by, trace.called,
                            TraceTime.text(trace.at), trace.state.rawValue, trace.finding ?? "",
                        ]
                    })
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show how far a trace has come, and check every signature again.")

        @OptionGroup var source: Data
        @OptionGroup var anchors: Anchors
        @Argument(help: "The trace's id.") var id: String

        func run() throws {
            try Console.reporting {
                let store = try ExchangeStore.opened(in: source.data)
                let trace = try TraceCommand.found(id, in: store)
                print(
                    "trace      \(trace.id), begun \(TraceTime.text(trace.started * 1_000)) by \(trace.by): \(trace.why)"
                )
                if let record = trace.record { print("our record \(record)") }
                if let question = trace.question {
                    let chain = try TraceChain(
                        question: question, answers: try store.answers(to: id), trust: try anchors.trust())
                    for line in TraceLines.lines(of: chain) { print(printable(line)) }
                }
                print(
                    printable(
                        "\(trace.state == .ended ? "ended      " : "so far     ")\(trace.finding ?? "not over yet")"))
            }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a trace into one file, which whoever has the anchors can check.",
            discussion:
                "What was sealed for us is in it, opened: it says who the customer is. Mode 0600; no file is overwritten."
        )

        @OptionGroup var source: Data
        @Argument(help: "The trace's id.") var id: String
        @Argument(help: "The file.") var file: String

        func run() throws {
            try Console.reporting {
                let store = try ExchangeStore.opened(in: source.data)
                guard let question = try TraceCommand.found(id, in: store).question else {
                    throw CommandFault("nobody was asked in trace \(id), so that nothing was signed")
                }
                let text = TraceFile(question: question, answers: try store.answers(to: id)).text
                try IssuedFile.createPrivate(file, text)
            }
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a trace that was exported, with nothing but the anchors.")

        @OptionGroup var anchors: Anchors
        @Argument(help: "The file.") var file: String

        func run() throws {
            try Console.reporting {
                guard let text = FileManager.default.contents(atPath: file) else {
                    throw CommandFault("\(file) cannot be read")
                }
                let read = try TraceFile(reading: Array(text))
                let chain = try TraceChain(question: read.question, answers: read.answers, trust: try anchors.trust())
                print(
                    printable("trace      \(chain.question.trace), asked by \(chain.requester): \(chain.question.why)"))
                for line in TraceLines.lines(of: chain) { print(printable(line)) }
                print(printable("ended      \(chain.finding ?? "nobody has answered for whoever is next")"))
            }
        }
    }

    struct IncidentOptions: ParsableArguments {
        @Option(help: "What kind of call: \(Incident.Kind.allCases.map(\.rawValue).joined(separator: ", ")).") var kind:
            Incident.Kind?
        @Option(name: .customLong("case"), help: "The number of the complaint, or of the authority's case.")
        var caseNumber: String?
        @Option(help: "How many such calls there were.") var calls: Int?
        @Option(help: "What speaks for it: a recording, whom the caller said to be, a number to call back.")
        var evidence: String?

        var incident: Incident { Incident(kind: kind, caseNumber: caseNumber, calls: calls, evidence: evidence) }

        func validate() throws {
            guard incident.isFit else {
                throw ValidationError(
                    "--case has at most \(Incident.longestCase) bytes, --calls is 1 or more, --evidence has at most \(Incident.longestEvidence) characters"
                )
            }
        }
    }

    fileprivate static func found(_ id: String, in store: ExchangeStore) throws -> Trace {
        guard let trace = try store.traces(id: id).first else {
            throw CommandFault("there is no trace \(id); see which there are with: countersign trace list")
        }
        return trace
    }
}

/// A time span as one writes it: `90s`, `5m`, `4h`, `2d`.
struct TraceSpan: ExpressibleByArgument {
    let seconds: Int

    init(seconds: Int) { self.seconds = seconds }

    init?(argument: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        guard let unit = argument.last.flatMap({ units[$0] }), let count = Int(argument.dropLast()),
            (1...10_000).contains(count)
        else { return nil }
        seconds = count * unit
    }

    var defaultValueDescription: String { "\(seconds)s" }
}

private enum TraceTime {
    static func text(_ milliseconds: Int) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1_000).formatted(.iso8601)
    }
}

private enum TraceLines {
    /// One paragraph for each carrier, and what does not fit.
    static func lines(of chain: TraceChain) -> [String] {
        let question = chain.question
        var lines = [
            "\(chain.requester) says  a call to \(question.called) showing \(question.cli ?? "no number") came from \(question.to) by circuit \(question.circuit) at \(TraceTime.text(question.at))"
        ]
        if let known = words(question.incident) { lines.append("\(chain.requester) says  \(known)") }
        for hop in chain.hops { lines.append("\(hop.carrier) says  \(words(hop))") }
        for hop in chain.strays {
            lines.append("\(hop.carrier) says, though nobody on the way named it: \(words(hop))")
        }
        if case .silent(let carrier) = chain.end { lines.append("\(carrier) has not answered") }
        return lines + chain.contradictions.map { "contradiction: \($0)" }
    }

    private static func words(_ incident: Incident) -> String? {
        let known = [
            incident.kind?.rawValue, incident.caseNumber.map { "case \($0)" },
            incident.calls.map { "\($0) such calls" }, incident.evidence,
        ].compactMap { $0 }
        return known.isEmpty ? nil : known.joined(separator: ", ")
    }

    private static func words(_ hop: TraceChain.Hop) -> String {
        let answer = hop.answer
        let call = [
            answer.cli.map { "showing \($0)" }, answer.rawCLI.map { "written \($0)" },
            answer.decision.map { "decided \($0)" }, answer.at.map { "at \(TraceTime.text($0))" },
            answer.attest.map { "attested \($0)" }, answer.origid.map { "origid \($0)" },
        ].compactMap { $0 }.joined(separator: ", ")
        switch answer.outcome {
        case .handedOver:
            return "handed over by \(answer.from ?? "") by circuit \(answer.fromCircuit ?? ""), \(call)"
        case .originated: return "our own customer's, \(call): \(hop.disclosure?.text ?? "not for us to read")"
        case .foreignGateway: return "from abroad, from \(answer.from ?? "nobody named"), \(call)"
        case .notFound: return "no such call\(answer.reason.map { ": \($0)" } ?? "")"
        case .ambiguous: return "\(answer.candidates ?? 0) such calls"
        case .refused: return "refused: \(answer.reason ?? "")"
        }
    }
}

extension Incident.Kind: ExpressibleByArgument {}
