import LibCrypto
import Testing

/// RFC 7512 §2.3, as far as it names one key and nothing else.
@Suite struct `The name of a key in a token` {
    @Test(arguments: [
        "pkcs11:token=carrier;object=sign", "pkcs11:object=sign;token=carrier", "pkcs11:serial=0123;id=%01%fF",
        "pkcs11:model=m;manufacturer=n;token=t;id=a;type=private", "pkcs11:token=East%20Telecom;object=a=b",
    ])
    func `says which token and which key`(text: String) throws { #expect(try TokenURI(text).description == text) }

    @Test(
        arguments: [
            ("pkcs11:token=t;object=o?pin-value=1234", .pinInURI),
            ("pkcs11:token=t;object=o;pin-value=1234", .pinInURI),
            ("pkcs11:token=t;object=o?pin-source=file:/p", .pinInURI),
            ("pkcs11:token=t;object=o?module-path=/m", .notAURI("nothing may follow a question mark here")),
            ("key.pem", .notAURI("it begins with pkcs11: and has at most 512 bytes")),
            ("PKCS11:token=t;object=o", .notAURI("it begins with pkcs11: and has at most 512 bytes")),
            (
                "pkcs11:token=t;object=" + String(repeating: "o", count: 491),
                .notAURI("it begins with pkcs11: and has at most 512 bytes")
            ),
            ("pkcs11:token=a b;object=o", .notAURI("it has a character that must be written %XX")),
            ("pkcs11:token=é;object=o", .notAURI("it has a character that must be written %XX")),
            ("pkcs11:token=t;object=", .notAURI("object= is not name=value")),
            ("pkcs11:token=t;object", .notAURI("object is not name=value")),
            ("pkcs11:token=t;;object=o", .notAURI(" is not name=value")),
            ("pkcs11:token=t;object=%0", .notAURI("object=%0 is not name=value")),
            ("pkcs11:token=t;object=%0g", .notAURI("object=%0g is not name=value")),
            ("pkcs11:token=t;object=o;slot-id=1", .notAURI("slot-id=1 is not known here")),
            ("pkcs11:token=t;object=o;type=public", .notAURI("type=public is not known here")),
            ("pkcs11:token=t;object=o;object=p", .notAURI("object stands twice")),
            ("pkcs11:token=t", Self.incomplete), ("pkcs11:object=o", Self.incomplete),
            ("pkcs11:model=m;id=1", Self.incomplete),
        ] as [(String, TokenFault)])
    func `is refused when it says less or more`(text: String, why: TokenFault) {
        #expect(throws: why) { try TokenURI(text) }
    }

    private static let incomplete = TokenFault.notAURI(
        "it must say which token and which key, as in pkcs11:token=carrier;object=sign")
}
