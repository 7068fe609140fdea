extension DialPlan {
    /// Digits are a global number, always: no country's habits, codes or emergency numbers.
    package static let none = DialPlan(id: "none", country: nil)

    /// China's.
    package static let china = builtIn(PackageResources.china_json)

    /// North America's.
    package static let nanp = builtIn(PackageResources.nanp_json)

    /// By the name that a configuration has for it.
    package static func builtIn(_ name: String) -> DialPlan? {
        switch name {
        case "china": china
        case "nanp": nanp
        case "none": none
        default: nil
        }
    }

    private static func builtIn(_ file: [UInt8]) -> DialPlan {
        do throws(PlanFault) { return try DialPlan(file: file) } catch {
            preconditionFailure("a plan that is built in can be read: \(error)")
        }
    }
}
