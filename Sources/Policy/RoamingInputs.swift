/// As a record keeps it.
extension RoamingFinding {
    package var inputs: [(name: String, value: String)] {
        let doubt = outcome.doubt.map { [(name: "roamingDoubt", value: $0.rawValue)] } ?? []
        return [("roaming", answer.rawValue)] + doubt + [
            ("roamingFrom", source.rawValue), ("roamingAge", String(age)),
            ("roamingMilliseconds", String(milliseconds)),
        ]
    }
}
