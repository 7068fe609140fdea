import Testing
import TrunkLink

@Suite struct LinkVersionTests {
    @Test(arguments: ["1.0", "0.0", "1.10", "9999.9999"]) func `comes back as it was written`(_ text: String) throws {
        #expect(try #require(LinkVersion(text)).description == text)
    }

    @Test(arguments: ["", "1", "1.", ".1", "1.0.0", "01.0", "1.-1", "+1.0", "1.0 ", "10000.0", "９.0"])
    func `nothing else is a version`(_ text: String) { #expect(LinkVersion(text) == nil) }

    @Test func `a minor version may differ, a major one may not`() throws {
        #expect(LinkVersion.own.understands(try #require(LinkVersion("1.7"))))
        #expect(!LinkVersion.own.understands(try #require(LinkVersion("2.0"))))
    }
}
