/// What is wrong with an Identity header field or the token in it, in the order in which it is looked for.
///
/// Everything here can be known without a certificate. What a verifier answers for each is decided in one place, by
/// `VerificationService`.
package enum PassportFault: Error, Hashable, Sendable {
    package enum Part: String, Sendable { case header, claims, signature }

    /// Longer than any honest header field.
    case tooLarge(bytes: Int)
    /// The field does not follow `token;info=<uri>;…` (RFC 8224 §4).
    case fieldMalformed(String)
    /// `..signature` (RFC 8224 §4.1.1), which SHAKEN forbids (RFC 8588 §3).
    case compactForm
    /// A `ppt` that is not supported here: the header field is to be ignored (RFC 8225 §8.1).
    case unsupportedExtension(String)
    case infoMissing
    case infoNotURI
    /// `alg` beside the token names another algorithm than the token.
    case algorithmParameterDiffers(String)
    /// `ppt` beside the token names another extension than the token.
    case extensionParameterDiffers(String)
    /// Not three parts between two dots.
    case notThreeParts
    case notBase64URL(Part)
    case notJSON(Part)
    /// More members than any honest token has.
    case tooManyMembers(Part)
    case headerMemberMissing(String)
    case typeNotPassport
    case algorithmNotES256
    /// `crit` lists something not understood, or is not a list (RFC 7515 §4.1.11).
    case criticalHeader
    case certificateURLNotText
    /// `x5u` in the token is not, byte for byte, `info` beside it (RFC 8224 §4.1).
    case certificateURLDiffers
    case claimMissing(String)
    case claimMalformed(String)
    case attestationInvalid
    /// Not 64 bytes.
    case signatureMalformed
    case signatureInvalid
}
