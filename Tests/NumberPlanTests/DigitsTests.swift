import NumberPlan
import Testing

@Suite struct DigitsTests {
    @Test(arguments: [
        "0", "110", "95588", "0012", "*69", "#31#12155551212", "86571888800001234567", "00000000000000000000",
    ])
    func `what goes in comes out`(text: String) throws {
        let digits = try #require(Digits(text))
        #expect(digits.description == text)
        #expect(digits.count == text.utf8.count)
        var bytes: [UInt8] = []
        digits.append(to: &bytes)
        #expect(bytes == Array(text.utf8))
    }

    @Test(arguments: [
        "", "123456789012345678901", "+86", "1 2", "12a", "１２３", "١٢٣", "12\u{0}", "1\r\n2", "-1",
    ])
    func `anything else is refused`(text: String) {
        #expect(Digits(text) == nil)
    }

    @Test func `numbers are not compared as integers`() {
        #expect(Digits("0012") != Digits("12"))
        #expect(Digits("12")! < Digits("0012")!)
        #expect(Digits("99")! < Digits("100")!)
        #expect(Digits("100")! < Digits("101")!)
    }

    @Test func `order is by length, then by the characters`() {
        var random = SeededGenerator(seed: 1)
        let texts = (0..<150).map { _ in
            String(
                (0..<Int.random(in: 1...20, using: &random)).map { _ in "0123456789".randomElement(using: &random)! })
        }
        for one in texts {
            for other in texts {
                let isLess = (one.count, one) < (other.count, other)
                if (Digits(one)! < Digits(other)!) != isLess { Issue.record("\(one) \(other)") }
            }
        }
    }

    @Test func `a prefix is a prefix in digits`() {
        let number = Digits("8657188880000")!
        #expect(number.hasPrefix(Digits("86")!))
        #expect(number.hasPrefix(number))
        #expect(!number.hasPrefix(Digits("87")!))
        #expect(!Digits("8")!.hasPrefix(Digits("86")!))
        #expect(Digits("12345678901234567890")!.hasPrefix(Digits("1234567890123456789")!))
    }

    @Test func `star and hash are not decimal, wherever they stand`() {
        #expect(Digits("98765432109876543210")!.isDecimal)
        for place in 0..<20 {
            for symbol in ["*", "#"] {
                let text = String(repeating: "9", count: place) + symbol + String(repeating: "9", count: 19 - place)
                #expect(!Digits(text)!.isDecimal)
            }
        }
    }

    @Test(arguments: ["1", "86", "852"]) func `a country code has one to three digits`(text: String) {
        #expect(CountryCode(text)?.description == text)
    }

    @Test(arguments: ["", "0", "086", "1234", "+1", "*1", "1#"]) func `no other is a country code`(text: String) {
        #expect(CountryCode(text) == nil)
    }

    @Test(arguments: ["+8657188880000", "86:95588", "1:*69", "86:106901234567890123"])
    func `a number's description reads back`(text: String) throws {
        let number = try #require(TelephoneNumber(described: text))
        #expect(number.description == text)
    }

    @Test(arguments: [
        "", "+", "+0571", "95588", ":95588", "86:", "86:95:588", "086:95588", "+1234567890123456", "+86 571",
        "86:955 88",
    ])
    func `nothing else is a number's description`(text: String) {
        #expect(TelephoneNumber(described: text) == nil)
    }

    @Test func `the same digits, global and national, are two numbers`() {
        let digits = Digits("95588")!
        #expect(TelephoneNumber.global(digits) != .national(CountryCode("86")!, digits))
        #expect(TelephoneNumber.national(CountryCode("1")!, digits) != .national(CountryCode("86")!, digits))
    }
}
