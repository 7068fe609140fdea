internal import Jansson

/// Where a server takes what (RFC 8555 §7.1.1).
struct ACMEDirectory {
    let newNonce, newAccount, newOrder: ServiceURL
    /// What must be agreed to; nil if nothing.
    let terms: String?
    let wantsExternalAccount: Bool

    init(_ answer: WebAnswer) throws(ACMEFault) {
        guard answer.isSuccess else { throw answer.failure }
        let json = try answer.json()
        newNonce = try answer.url("newNonce", in: json)
        newAccount = try answer.url("newAccount", in: json)
        newOrder = try answer.url("newOrder", in: json)
        let meta = json.member("meta") ?? JSON.object()
        terms = try answer.reading { () throws(JSONError) in try meta.optionalString("termsOfService") }?.printable
        wantsExternalAccount =
            try answer.reading { () throws(JSONError) in try meta.optionalBoolean("externalAccountRequired") } ?? false
    }
}

/// RFC 8555 §7.1.3.
struct ACMEOrder {
    enum Status: String { case pending, ready, processing, valid, invalid }

    let status: Status
    /// One, since one identifier is ordered.
    let authorization: ServiceURL
    let finalize: ServiceURL
    let certificate: ServiceURL?
    /// Where the CA says that it publishes the chain itself (RFC 9448 §7): for people, and asked by nobody.
    let x5u: String?
    let problem: Problem?

    init(_ answer: WebAnswer) throws(ACMEFault) {
        let json = try answer.json()
        status = try answer.status(in: json)
        let texts = try answer.reading { () throws(JSONError) in try json.strings("authorizations") }
        guard let only = texts.first, texts.count == 1 else {
            throw .malformed(place: answer.place.text, reason: "\(texts.count) authorizations for one identifier")
        }
        authorization = try answer.place.named(only)
        finalize = try answer.url("finalize", in: json)
        certificate = json.contains("certificate") ? try answer.url("certificate", in: json) : nil
        x5u = try answer.reading { () throws(JSONError) in try json.optionalString("x5u") }?.printable
        problem = Problem(errorOf: json)
    }
}

/// RFC 8555 §7.1.4.
struct ACMEAuthorization {
    enum Status: String { case pending, valid, invalid, deactivated, expired, revoked }

    let status: Status
    let identifier: TNAuthListIdentifier
    /// Those with an authority token (RFC 9447 §3).
    let challenges: [TokenChallenge]
    /// The types of all.
    let offered: [String]

    init(_ answer: WebAnswer) throws(ACMEFault) {
        let json = try answer.json()
        status = try answer.status(in: json)
        identifier = try answer.reading { () throws(JSONError) in try TNAuthListIdentifier(json.object("identifier")) }
        var challenges: [TokenChallenge] = [], offered: [String] = []
        let list = json.member("challenges") ?? JSON.object()
        try list.withElements { element throws(ACMEFault) in
            offered.append(try answer.reading { () throws(JSONError) in try element.string("type") }.printable)
            if let challenge = try TokenChallenge(element, answer) { challenges.append(challenge) }
        }
        self.challenges = challenges
        self.offered = offered
    }
}

/// RFC 9448 §3.
struct TNAuthListIdentifier: Equatable {
    static let type = "TNAuthList"

    let type: String
    /// DER, base64url without padding.
    let value: String

    init(value: String) {
        type = Self.type
        self.value = value
    }

    init(_ json: borrowing JSON) throws(JSONError) {
        type = try json.string("type")
        value = try json.string("value")
    }

    var json: JSON {
        let json = JSON.object()
        json.set("type", type)
        json.set("value", value)
        return json
    }
}

/// `tkauth-01` with `atc` (RFC 9447 §3).
struct TokenChallenge {
    let url: ServiceURL
    /// Where tokens are to be had, if the CA says.
    let tokenAuthority: String?
    let problem: Problem?

    /// Nil for a challenge of another type.
    init?(_ json: borrowing JSON, _ answer: WebAnswer) throws(ACMEFault) {
        guard (try? json.optionalString("type")) == "tkauth-01", (try? json.optionalString("tkauth-type")) == "atc"
        else { return nil }
        url = try answer.url("url", in: json)
        let authority = try? json.optionalString("token-authority")
        tokenAuthority = authority?.printable
        problem = Problem(errorOf: json)
    }
}

extension WebAnswer {
    fileprivate func url(_ name: StaticString, in json: borrowing JSON) throws(ACMEFault) -> ServiceURL {
        let text: String
        do throws(JSONError) { text = try json.string(name) } catch {
            throw .malformed(place: place.text, reason: "\(error)")
        }
        return try place.named(text)
    }

    fileprivate func status<Status: RawRepresentable<String>>(in json: borrowing JSON) throws(ACMEFault) -> Status {
        let text: String
        do throws(JSONError) { text = try json.string("status") } catch {
            throw .malformed(place: place.text, reason: "\(error)")
        }
        guard let status = Status(rawValue: text) else {
            throw .malformed(place: place.text, reason: "its status is \(text.printable)")
        }
        return status
    }
}
