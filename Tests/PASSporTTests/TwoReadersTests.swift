import Forgery
import PASSporT
import Testing

/// Claims as we write them ourselves are read without the JSON parser; a blank behind them is enough to have it read
/// them. Of every text the two must say the same, or one part of the service would see what another never does (P-04).
@Suite struct `Claims in canonical form` {
    private enum Reading: Equatable {
        case passport(Passport)
        case fault(PassportFault)
    }

    private func reading(_ claims: [UInt8]) -> Reading {
        do throws(PassportFault) {
            return .passport(try Value.read(Value.forgery { $0.claimsText = claims }.identity).claimed)
        } catch { return .fault(error) }
    }

    private func expectAgreement(_ claims: [UInt8]) {
        let text = String(decoding: claims, as: UTF8.self)
        #expect(reading(claims) == reading(claims + [0x20]), "\(text)")
    }

    @Test(arguments: [
        #"{"attest":"A","dest":{"tn":[]},"iat":1,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1","1"]},"iat":1,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["2","1"]},"iat":1,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1",]},"iat":1,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":01,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":-1,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":-0,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":0,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":9223372036854775807,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":9223372036854775808,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":99999999999999999999,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":1,"orig":{"tn":"1234567890123456"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":1,"orig":{"tn":"*1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["*#"]},"iat":1,"orig":{"tn":"1"},"origid":"x"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":1,"orig":{"tn":"1"},"origid":""}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":1,"orig":{"tn":"1"},"origid":"\u0041"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":1,"orig":{"tn":"1"},"origid":"a","origid":"b"}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":1,"orig":{"tn":"1"},"origid":"x"}}"#,
        #"{"attest":"A","dest":{"tn":["1"]},"iat":1,"orig":{"tn":"1"},"origid":"x""#,
        #"{"attest":"D","dest":{"tn":["1"]},"iat":1,"orig":{"tn":"1"},"origid":"x"}"#, "", "{}", "{",
    ])
    func `say the same at their edges`(text: String) { expectAgreement(Array(text.utf8)) }

    @Test func `say the same with any one byte changed, added or left out`() {
        let claims = Array(Value.forgery().claims.text.utf8)
        for place in claims.indices {
            for byte in Array(#"0 9"A\{}[],:.e-*u"#.utf8) + [0x00, 0x1F, 0x7F, 0xC3, 0xFF] {
                var changed = claims, longer = claims
                changed[place] = byte
                longer.insert(byte, at: place)
                expectAgreement(changed)
                expectAgreement(longer)
            }
            var shorter = claims
            shorter.remove(at: place)
            expectAgreement(shorter)
            expectAgreement(Array(claims[..<place]))
        }
    }

    @Test func `say the same with some pieces put elsewhere`() {
        var generator = SeededGenerator(seed: 4)
        let claims = Array(Value.forgery().claims.text.utf8)
        for _ in 0..<2_000 {
            var text = claims
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let from = Int.random(in: 0..<text.count, using: &generator)
                let piece = text[from..<min(text.count, from + Int.random(in: 1...12, using: &generator))]
                text.insert(contentsOf: Array(piece), at: Int.random(in: 0...text.count, using: &generator))
            }
            expectAgreement(text)
        }
    }
}
