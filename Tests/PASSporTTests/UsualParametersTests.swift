import Forgery
import PASSporT
import Testing

/// Parameters as nearly every signer writes them are read in one piece; a blank behind them, which means nothing, is
/// enough to have them read one by one. Of every value the two must say the same.
@Suite struct `Parameters in the usual form` {
    private enum Reading: Equatable {
        case header(IdentityHeader)
        case fault(PassportFault)
    }

    private static let token = Value.forgery().token
    private static let url = Value.url
    private static let usual = ";info=<\(url)>;alg=ES256;ppt=shaken"

    private func reading(_ value: String) -> Reading {
        do throws(PassportFault) { return .header(try IdentityHeader(parsing: value)) } catch { return .fault(error) }
    }

    /// Behind a real token and behind none.
    private func expectAgreement(_ tail: String) {
        for token in [Self.token, "a.b.c", ""] {
            #expect(reading(token + tail) == reading(token + tail + " "), "\(tail)")
        }
    }

    private func expectAgreement(_ tail: [UInt8]) { expectAgreement(String(decoding: tail, as: UTF8.self)) }

    @Test func `say what they say`() throws {
        let header = try IdentityHeader(parsing: Self.token + Self.usual)
        #expect(header.token.elementsEqual(Self.token.utf8))
        #expect(header.info == Self.url && !header.isInfoMalformed)
        #expect(header.algorithm == "ES256" && header.extensionName == "shaken")
        for spelling in [
            Self.usual.replacing(";", with: "; "), Self.usual.replacing(";", with: " ;"), " " + Self.usual,
            Self.usual + ";", Self.usual.replacing("shaken", with: "\"shaken\""),
            Self.usual.replacing("alg", with: "ALG"), Self.usual + ";x=y",
            ";ppt=shaken;alg=ES256;info=<\(Self.url)>", "\r\n " + Self.usual,
        ] {
            #expect(try IdentityHeader(parsing: Self.token + spelling) == header, "\(spelling)")
        }
    }

    @Test(arguments: [
        "", ";", ";;", ";info", ";info=", ";info=<", ";info=<>", ";info=<a>", ";info=<a:>", ";info=<a:b>", ";info=<:b>",
        ";info=<>;alg=ES256;ppt=shaken", ";info=<a>;alg=ES256;ppt=shaken", ";info=<:>;alg=ES256;ppt=shaken",
        ";info=<a:>;alg=ES256;ppt=shaken", ";info=<a:b>;alg=ES256;ppt=shaken", ";info=<9:b>;alg=ES256;ppt=shaken",
        ";info=<a:b;c>;alg=ES256;ppt=shaken", ";info=<a:b,c>;alg=ES256;ppt=shaken",
        ";info=<a:b>c>;alg=ES256;ppt=shaken", ";info=<a:<b>;alg=ES256;ppt=shaken",
        ";info=<<a:b>>;alg=ES256;ppt=shaken", ";info=<a:\"b>;alg=ES256;ppt=shaken", ";info=<a: b>;alg=ES256;ppt=shaken",
        ";info=<a:b>;x=<c:d>;alg=ES256;ppt=shaken", ";info=<a:b>;alg=ES256;ppt=shaken>;alg=ES256;ppt=shaken",
        ";info=<a:b>;info=<a:b>;alg=ES256;ppt=shaken", ";info=<a:b>;alg=ES256;alg=ES256;ppt=shaken",
        ";info=<a:b>;alg=ES256;ppt=shaken;ppt=shaken", ";info=<a:b>;ppt=shaken;alg=ES256;ppt=shaken",
        ";info=<;info=<a:b>;alg=ES256;ppt=shaken", ";info=\"<a:b>;alg=ES256;ppt=shaken",
        "info=<a:b>;alg=ES256;ppt=shaken",
        ";alg=ES256;ppt=shaken", ">;alg=ES256;ppt=shaken", ";info=<a:b>;alg=ES256;ppt=shaken;",
        ";info=<a:b>;alg=ES256;ppt=div", ";info=<a:b>;alg=ES384;ppt=shaken", ";Info=<a:b>;alg=ES256;ppt=shaken",
        ";info=<a:b>;alg=ES256;ppt=Shaken", ";info =<a:b>;alg=ES256;ppt=shaken", ";info=< a:b>;alg=ES256;ppt=shaken",
        ";info=<a:b >;alg=ES256;ppt=shaken", ";info=<a:b> ;alg=ES256;ppt=shaken", ";info=<a:b>;alg=ES256; ppt=shaken",
        ";info=<a:b\r\n >;alg=ES256;ppt=shaken", ";info=<a:é>;alg=ES256;ppt=shaken",
    ])
    func `are read alike at their edges`(tail: String) { expectAgreement(tail) }

    @Test func `are read alike wherever they end or begin`() {
        let tail = Array(Self.usual.utf8)
        for place in 0...tail.count {
            expectAgreement(Array(tail[..<place]))
            expectAgreement(Array(tail[place...]))
            for end in stride(from: place, through: tail.count, by: 7) {
                expectAgreement(Array(tail[..<place] + tail[end...]))
                expectAgreement(Array(tail[..<end] + tail[place...]))
            }
        }
    }

    @Test func `are read alike with any one byte changed, added, left out or said twice`() {
        let tail = Array(Self.usual.utf8)
        for place in tail.indices {
            for byte in 0...0x7F as ClosedRange<UInt8> {
                var changed = tail, longer = tail
                changed[place] = byte
                longer.insert(byte, at: place)
                expectAgreement(changed)
                expectAgreement(longer)
            }
            var shorter = tail, twice = tail
            shorter.remove(at: place)
            twice.insert(tail[place], at: place)
            expectAgreement(shorter)
            expectAgreement(twice)
        }
    }

    /// Blanks behind the semicolons send it the long way too, and from its first byte on.
    @Test func `mean the same with blanks between them`() {
        let tail = Array(Self.usual.utf8)
        for place in tail.indices where tail[place] != UInt8(ascii: ";") {
            // Not one that begins another parameter, which a blank may follow.
            for byte in Array("aA0=<>\"\\:/".utf8) where byte != tail[place] {
                var changed = tail
                changed[place] = byte
                let text = String(decoding: changed, as: UTF8.self)
                let apart = text.replacing(";", with: "; ")
                #expect(reading(Self.token + text) == reading(Self.token + apart), "\(text)")
            }
        }
    }
}
