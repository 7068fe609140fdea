import CertificateRepository
import Certificates
import Testing

/// X5U-09, X5U-10, X5U-11.
@Suite struct `What an answer says of its freshness` {
    /// `Sun, 22 Nov 2026 06:33:20 GMT`.
    private static let now = 1_795_329_200

    private func freshness(
        _ cacheControl: [String] = [], expires: [String] = [], date: [String] = [], age: [String] = []
    ) -> HTTPFreshness {
        HTTPFreshness(cacheControl: cacheControl, expires: expires, date: date, age: age, now: Self.now)
    }

    @Test(
        arguments: [
            ([], nil), (["public"], nil), (["max-age=60"], 60), (["MAX-AGE=60"], 60), (["max-age=604800"], 604_800),
            (["public, max-age=60"], 60), (["public,,max-age=60 ,"], 60), (["public", "max-age=60"], 60),
            (["private, max-age=60"], 60), (["max-age=60, immutable"], 60), (["max-age=0"], 0),
            (["max-age=2147483647"], 2_147_483_647),
            // Not the one that is looked for, although it holds its name.
            (["s-maxage=0, max-age=60"], 60), (["s-maxage=60"], nil), (["no-max-age=5"], nil), (["x-max-age=5"], nil),
            (["max-ages=5"], nil), (["x=\"max-age=5\""], nil), (["x=\"a, max-age=5\", max-age=7"], 7),
            (["x=\"\\\", max-age=5\", max-age=7"], 7), (["x-no-cache, max-age=60"], 60),
            // Not to be kept.
            (["no-cache"], 0), (["no-store"], 0), (["max-age=60, no-cache"], 0), (["No-Store, max-age=60"], 0),
            (["no-cache=\"set-cookie\", max-age=60"], 0),
            // Not to be understood.
            (["max-age=2147483648"], 0), (["max-age=99999999999"], 0), (["max-age=18446744073709551617"], 0),
            (["max-age=-1"], 0), (["max-age=+60"], 0), (["max-age=6e1"], 0), (["max-age=60.5"], 0), (["max-age="], 0),
            (["max-age"], 0), (["max-age=\"60\""], 0), (["max-age=60, max-age=60"], 0),
            (["max-age=60", "max-age=70"], 0),
            (["max-age =60"], 0), (["max-age= 60"], 0), (["max-age=60;public"], 0), (["\"max-age=60"], 0),
            (["max-age=60, x=\"open"], 0), (["max-age=６０"], 0),
        ] as [([String], Int?)])
    func `is read from Cache-Control token by token`(fields: [String], seconds: Int?) {
        #expect(freshness(fields).seconds == seconds)
    }

    @Test(
        arguments: [
            (["Sun, 22 Nov 2026 06:34:20 GMT"], [], 60), (["Sun, 22 Nov 2026 06:33:20 GMT"], [], 0),
            (["Fri, 31 Dec 9999 23:59:59 GMT"], [], 2_147_483_647), (["Sun, 22 Nov 2026 05:33:20 GMT"], [], 0),
            (["0"], [], 0), (["-1"], [], 0), ([""], [], 0),
            (["Sun, 22 Nov 2026 06:34:20 +0100"], [], 0), (["Sun, 22 Nov 2026 06:34:20"], [], 0),
            (["1795329260"], [], 0), (["Sun, 31 Feb 2027 06:34:20 GMT"], [], 0),
            (["Sun, 22 Nov 2026 06:34:20 GMT", "Sun, 22 Nov 2026 06:34:20 GMT"], [], 0),
            // Measured by the clock that wrote it, if that is told; one that is behind ours has let its answer grow old.
            (["Sun, 22 Nov 2026 06:35:20 GMT"], ["Sun, 22 Nov 2026 06:34:20 GMT"], 60),
            (["Sun, 22 Nov 2026 06:33:50 GMT"], ["Sun, 22 Nov 2026 06:32:50 GMT"], 30),
            (["Sun, 22 Nov 2026 06:34:20 GMT"], ["yesterday"], 60),
        ] as [([String], [String], Int)])
    func `is the time until Expires`(expires: [String], date: [String], seconds: Int) {
        #expect(freshness(expires: expires, date: date).seconds == seconds)
    }

    @Test func `is what Cache-Control says, if Expires says something else`() {
        #expect(freshness(["max-age=60"], expires: ["0"]).seconds == 60)
        #expect(freshness(["s-maxage=60"], expires: ["Sun, 22 Nov 2026 06:33:30 GMT"]).seconds == 10)
    }

    @Test(
        arguments: [
            (["0"], 100), (["40"], 60), (["100"], 0), (["101"], 0), (["2147483647"], 0), (["2147483648"], 0),
            (["-1"], 0),
            (["x"], 0), (["40", "70"], 60),
        ] as [([String], Int)])
    func `has been used up by Age`(age: [String], seconds: Int) {
        #expect(freshness(["max-age=100"], age: age).seconds == seconds)
    }

    @Test func `is nothing, whatever Age says, when nothing else is said`() {
        #expect(freshness(age: ["70"]).seconds == nil)
    }

    @Test(
        arguments: [
            (["no-store"], false), (["max-age=60, NO-STORE"], false), (["max-age=\"open"], false), (["no-cache"], true),
            (["private"], true), (["x-no-store"], true), (["x=\"no-store\""], true), ([], true),
        ] as [([String], Bool)])
    func `allows the disk unless it says no-store`(fields: [String], mayBeStored: Bool) {
        #expect(freshness(fields).mayBeStored == mayBeStored)
    }

    @Test(
        arguments: [
            ([], 86_400, 86_400), (["max-age=60"], 86_400, 60), (["max-age=604800"], 604_800, 604_800),
            (["max-age=0"], 86_400, 5), (["no-cache"], 86_400, 5), (["no-store"], 86_400, 5),
            (["private"], 86_400, 86_400),
        ] as [([String], Int, Int)])
    func `counts for a day at least, but when HTTP is strictly obeyed`(fields: [String], usual: Int, strict: Int) {
        #expect(freshness(fields).lifetime(86_400, strictly: false) == usual)
        #expect(freshness(fields).lifetime(86_400, strictly: true) == strict)
    }

    @Test func `of an answer that says nothing is a day`() {
        #expect(HTTPFreshness.unsaid == freshness())
    }
}
