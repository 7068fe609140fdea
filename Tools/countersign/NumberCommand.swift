import ArgumentParser
import NumberPlan

struct NumberCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "number", abstract: "Say how a numbering plan reads numbers, and what it gives them out for.",
        discussion: """
            Prints a line for each: the number as it was given, its canonical form, and what the plan says of it. Ends with 1 \
            if one is no number, or nobody's.
            """)

    @OptionGroup var plan: PlanOption
    @Argument(help: "Numbers as a switch writes them: 13800138000, \"+86 571 8888 0000\", 95588.") var numbers: [String]

    func run() throws {
        var isSound = true
        try Console.reporting {
            let plan = try plan.load()
            for text in numbers {
                let (line, isAllocated) = Self.answer(text, plan)
                print("\(text): \(line)")
                if !isAllocated { isSound = false }
            }
        }
        if !isSound { throw ExitCode.failure }
    }

    private static func answer(_ text: String, _ plan: DialPlan) -> (line: String, isAllocated: Bool) {
        let number: TelephoneNumber
        do throws(NumberFault) { number = try plan.number(from: text) } catch { return ("no number: \(error)", false) }
        let standing = plan.standing(of: number)
        if case .unallocated = standing { return ("\(number) \(standing.text)", false) }
        return ("\(number) \(standing.text)", true)
    }
}

extension NumberStanding {
    /// For people.
    var text: String {
        switch self {
        case .allocated(let allocation): Self.line(allocation)
        case .foreign(let country): "foreign, \(country)"
        case .unallocated(let why, let prefix): "nobody's: \(why) \(prefix)"
        }
    }

    private static func line(_ allocation: Allocation) -> String {
        let parts = [
            allocation.kind, allocation.holder.map { "holder \($0)" }, "originate \(allocation.origination.rawValue)",
            "fromAbroad \(allocation.fromAbroad.rawValue)", allocation.isProtected ? "protected" : nil,
            allocation.place,
        ]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }
}
