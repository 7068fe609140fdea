import NumberPlan
import Testing

@Suite struct CanonicalURITests {
    @Test(arguments: [
        ("sip:alice@example.com", "sip:alice@example.com"),
        ("SIPS:ALICE@[2001:DB8::1]:5061", "sips:alice@[2001:db8::1]"),
        ("sip:al%69ce%2ff@example.com", "sip:alice%2Ff@example.com"),
        ("sip:Example.COM;transport=tcp", "sip:example.com"),
        ("urn:service:SOS.Police", "urn:service:sos.police"),
        ("URN:service:sos", "urn:service:sos"),
        ("Tel:+1", "tel:+1"),
    ])
    func `a URI has one canonical form`(raw: String, canonical: String) throws {
        let uri = try CanonicalURI(raw)
        #expect(uri.text == canonical)
        #expect(try CanonicalURI(uri.text) == uri)
    }

    @Test(arguments: [
        ("", NumberFault.malformedURI), ("alice", .malformedURI), ("1sip:a@b", .malformedURI), ("sip:", .malformedURI),
        ("sip:a@", .malformedURI), ("sip:@b", .malformedURI), ("sip:a@b@c", .malformedURI),
        ("sip:a@b/c", .malformedURI), ("sip:a@[::1", .malformedURI), ("sip:a%4@b", .badPercentEncoding),
        ("sip:a b@c", .forbiddenCharacter), ("sip:a@b\r\nX: y", .forbiddenCharacter), ("sip:é@b", .forbiddenCharacter),
    ])
    func `what is no URI says why`(raw: String, why: NumberFault) {
        #expect(throws: why) { try CanonicalURI(raw) }
    }
}
