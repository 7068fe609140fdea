import ArgumentParser
import Certificates
import NumberPlan

/// The numbering plan by which numbers are read and judged.
struct PlanOption: ParsableArguments {
    @Option(help: "The numbering plan: china, nanp, none, or a plan's file, whose name ends in .json.")
    var plan = "china"

    func load() throws -> DialPlan {
        if let plan = DialPlan.builtIn(plan) { return plan }
        let file = try IssuedFile.read(plan)
        do throws(PlanFault) { return try DialPlan(file: file) } catch { throw CommandFault("\(plan): \(error)") }
    }
}
