import Foundation
import PASSporT
import Testing

@Suite struct `A SIP date` {
    @Test(arguments: [
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Fri, 25 Sep 2015 19:12:25 GMT", 1_443_208_345),
        ("Thu, 21 Feb 2002 13:02:03 GMT", 1_014_296_523), ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799),
        ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800), ("Thu, 31 Dec 2099 23:59:59 GMT", 4_102_444_799),
        ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400), ("Sun, 22 Nov 2026 06:20:45 GMT", 1_795_328_445),
    ])
    func `is a time`(text: String, time: Int) { #expect(SIPDate.unixTime(text) == time) }

    @Test(arguments: [
        "", "Thu, 01 Jan 1970 00:00:00 UTC", "Thu, 01 Jan 1970 00:00:00 GMT ", " Thu, 01 Jan 1970 00:00:00 GMT",
        "Thu, 1 Jan 1970 00:00:00 GMT", "Thu,  1 Jan 1970 00:00:00 GMT", "thu, 01 Jan 1970 00:00:00 GMT",
        "Thu, 01 jan 1970 00:00:00 GMT", "Thu, 00 Jan 1970 00:00:00 GMT", "Thu, 32 Jan 1970 00:00:00 GMT",
        "Tue, 31 Apr 2026 00:00:00 GMT", "Sun, 29 Feb 2026 00:00:00 GMT", "Mon, 29 Feb 2100 00:00:00 GMT",
        "Thu, 01 Jan 1970 24:00:00 GMT", "Thu, 01 Jan 1970 00:60:00 GMT", "Thu, 01 Jan 1970 00:00:60 GMT",
        "Thu, 01 Jan 1969 00:00:00 GMT", "Thursday, 01 Jan 1970 00:00:00 GMT", "Thu, 01-Jan-1970 00:00:00 GMT",
        "Thu; 01 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 1970 00.00.00 GMT", "Thu, 01 Jan 1970 00:00:00 GM\u{0}",
        "Thu, -1 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 197０ 00:00:00", "1970-01-01T00:00:00Z", "1443208345",
        "Thu, 01 Jan 1970 00:00:00 GMT\r\n", "Xyz, 01 Jan 1970 00:00:00 GMT",
    ])
    func `is written in one way`(text: String) { #expect(SIPDate.unixTime(text) == nil) }

    /// A day at a time through more than a century, beside Foundation's calendar.
    @Test func `knows the calendar`() {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        for day in stride(from: 0, to: 50_000, by: 7) {
            let time = day * 86_400 + day % 86_400
            #expect(SIPDate.unixTime(formatter.string(from: Date(timeIntervalSince1970: TimeInterval(time)))) == time)
        }
    }
}
