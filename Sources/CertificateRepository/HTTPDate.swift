internal import Foundation

/// A time as HTTP writes it: `Sun, 22 Nov 2026 06:33:20 GMT` (RFC 9110 §5.6.7).
enum HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static let calendar: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()

    /// Of seconds since 1970.
    static func text(_ time: Int) -> String {
        let parts = calendar.dateComponents(
            [.weekday, .day, .month, .year, .hour, .minute, .second],
            from: Date(timeIntervalSince1970: TimeInterval(time)))
        guard let weekday = parts.weekday, let month = parts.month else { return "" }
        func digits(_ part: Int?, _ count: Int = 2) -> String {
            let text = "\(part ?? 0)"
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let clock = [parts.hour, parts.minute, parts.second].map { digits($0) }.joined(separator: ":")
        return "\(days[weekday - 1]), \(digits(parts.day)) \(months[month - 1]) \(digits(parts.year, 4)) \(clock) GMT"
    }
}
