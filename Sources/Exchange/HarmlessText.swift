extension Unicode.Scalar {
    /// Whether it leaves a line as it is: others move the cursor of whoever reads what somebody else wrote, turn the line around,
    /// or end it.
    package var isHarmless: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
