import Forgery
import LibCrypto
import PASSporT
import Testing

/// Rows TOK-01, TOK-22 and IDH-03: one text has one meaning, and the tokens of nobody else pass for it.
@Suite struct `The three parts` {
    private func fault(_ alter: @escaping @Sendable (inout [String]) -> Void) -> PassportFault? {
        Value.fault { $0.alter = alter }
    }

    @Test(arguments: [0, 1, 2], ["=", "==", "+", "/", "!", "%", "~", "\u{7F}", ",", "*", "-=", "A="])
    func `are base64url without padding`(part: Int, foreign: String) {
        let why: PassportFault = [.notBase64URL(.header), .notBase64URL(.claims), .notBase64URL(.signature)][part]
        let characterFault = PassportFault.fieldMalformed("a character that no header field may hold")
        #expect(fault { $0[part] += foreign } == (foreign == "\u{7F}" ? characterFault : why))
        #expect(fault { $0[part] = foreign + $0[part] } == (foreign == "\u{7F}" ? characterFault : why))
    }

    @Test(arguments: [0, 1, 2], [" ", "\t", "\r\n "]) func `have no blanks in them`(part: Int, blank: String) {
        let found = fault { parts in
            let middle = parts[part].index(parts[part].startIndex, offsetBy: 8)
            parts[part].insert(contentsOf: blank, at: middle)
        }
        #expect(found != nil)
    }

    @Test func `are three`() {
        #expect(fault { $0.removeLast() } == .notThreeParts)
        #expect(fault { $0.append("") } == .notThreeParts)
        #expect(fault { $0.append($0[2]) } == .notThreeParts)
        #expect(fault { $0 = [] } == .notThreeParts)
        #expect(fault { $0 = [$0.joined()] } == .notThreeParts)
        #expect(fault { $0[0] = "" } == .notJSON(.header))
        #expect(fault { $0[1] = "" } == .notJSON(.claims))
    }

    @Test func `are not the compact form`() {
        #expect(
            fault {
                $0[0] = ""; $0[1] = ""
            } == .compactForm)
        #expect(fault { $0 = ["", "", ""] } == .compactForm)
    }

    /// Of the 64 last characters that a part may have, only those whose unused bits are zero.
    @Test func `have no stray bits at their end`() {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let signature = Value.forgery().parts[2]
        var accepted = 0
        for character in alphabet {
            let found = fault { $0[2] = String(signature.dropLast()) + String(character) }
            if found == nil { accepted += 1 } else { #expect(found == .notBase64URL(.signature)) }
        }
        // 86 characters are 516 bits, four more than the 64 bytes have.
        #expect(accepted == 4)
    }

    @Test(arguments: [0, 1, 2, 32, 63, 65, 70, 71, 72, 96, 128]) func `end with 64 bytes of signature`(count: Int)
        throws
    {
        let bytes = Forgery.base64URL(Array(repeating: 1, count: count))
        let token = try Value.read(Value.forgery { $0.alter = { $0[2] = bytes } }.identity)
        #expect(throws: PassportFault.signatureMalformed) { try token.verified(by: Value.key.verifyingKey) }
    }

    @Test func `hold bytes of every value`() throws {
        var generator = SeededGenerator(seed: 1)
        for count in 0..<200 {
            let text = String(
                (0..<count).map { _ in Character(UnicodeScalar(UInt8.random(in: 0x20...0x7E, using: &generator))) }
            )
            .replacing("\\", with: "").replacing("\"", with: "")
            let token = try Value.read(Value.forgery { $0.claims["origid"] = "\"\(text)\"" }.identity)
            #expect(token.claimed.originID == text)
        }
    }
}
