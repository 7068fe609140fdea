import Certificates
import PASSporT
import Policy
import Terminating

// Findings and faults without what they carry, so that they can be counted. The switches have no default: a new case
// does not compile until it has a name here, and then needs a row of its own.

enum FindingKind: CaseIterable {
    case valid, emergency, unknownTrunk, identityMissing, identityNotYetRequired, passport, notCanonical
    case stale, future, callerNotANumber, callerDiffers, calleeDiffers, certificateURL, certificatePending
    case certificate, issuedOutsideCertificate, unallocated, outsideCertificate, notSignersNumber
    case foreignShortCode, delegatedWithoutRight, handedOverByAnother, claimRequired, claimForbidden, claimNotPermitted,
        replayed
    case replayStoreFull, trunkClosed, rule, granted, accessLine, foreign, roaming, numberWithheld, numberUnvouched

    init(_ finding: Finding) {
        self =
            switch finding {
            case .valid: .valid
            case .emergency: .emergency
            case .unknownTrunk: .unknownTrunk
            case .identityMissing: .identityMissing
            case .identityNotYetRequired: .identityNotYetRequired
            case .passport: .passport
            case .notCanonical: .notCanonical
            case .stale: .stale
            case .future: .future
            case .callerNotANumber: .callerNotANumber
            case .callerDiffers: .callerDiffers
            case .calleeDiffers: .calleeDiffers
            case .certificateURL: .certificateURL
            case .certificatePending: .certificatePending
            case .certificate: .certificate
            case .issuedOutsideCertificate: .issuedOutsideCertificate
            case .scope(.unallocated): .unallocated
            case .scope(.outsideCertificate): .outsideCertificate
            case .scope(.notSignersNumber): .notSignersNumber
            case .scope(.foreignShortCode): .foreignShortCode
            case .scope(.delegatedWithoutRight): .delegatedWithoutRight
            case .scope(.handedOverByAnother): .handedOverByAnother
            case .claimRequired: .claimRequired
            case .claimForbidden: .claimForbidden
            case .claimNotPermitted: .claimNotPermitted
            case .replayed: .replayed
            case .replayStoreFull: .replayStoreFull
            case .trunkClosed: .trunkClosed
            case .rule: .rule
            case .granted: .granted
            case .accessLine: .accessLine
            case .foreign: .foreign
            case .roaming: .roaming
            case .numberWithheld: .numberWithheld
            case .numberUnvouched: .numberUnvouched
            }
    }
}

enum PassportFaultKind: CaseIterable {
    case tooLarge, fieldMalformed, compactForm, unsupportedExtension, infoMissing, infoNotURI
    case algorithmParameterDiffers, extensionParameterDiffers, notThreeParts, notBase64URL, notJSON
    case tooManyMembers, headerMemberMissing, typeNotPassport, algorithmNotES256, criticalHeader
    case certificateURLNotText, certificateURLDiffers, claimMissing, claimMalformed, attestationInvalid
    case signatureMalformed, signatureInvalid

    init(_ fault: PassportFault) {
        self =
            switch fault {
            case .tooLarge: .tooLarge
            case .fieldMalformed: .fieldMalformed
            case .compactForm: .compactForm
            case .unsupportedExtension: .unsupportedExtension
            case .infoMissing: .infoMissing
            case .infoNotURI: .infoNotURI
            case .algorithmParameterDiffers: .algorithmParameterDiffers
            case .extensionParameterDiffers: .extensionParameterDiffers
            case .notThreeParts: .notThreeParts
            case .notBase64URL: .notBase64URL
            case .notJSON: .notJSON
            case .tooManyMembers: .tooManyMembers
            case .headerMemberMissing: .headerMemberMissing
            case .typeNotPassport: .typeNotPassport
            case .algorithmNotES256: .algorithmNotES256
            case .criticalHeader: .criticalHeader
            case .certificateURLNotText: .certificateURLNotText
            case .certificateURLDiffers: .certificateURLDiffers
            case .claimMissing: .claimMissing
            case .claimMalformed: .claimMalformed
            case .attestationInvalid: .attestationInvalid
            case .signatureMalformed: .signatureMalformed
            case .signatureInvalid: .signatureInvalid
            }
    }
}

enum CertificateFaultKind: CaseIterable {
    case unreachable, timedOut, overloaded, redirected, status, bodyTooLarge, noCertificate, wrongPEM
    case malformedCertificate, tooManyCertificates, duplicateCertificate, unordered, notVersion3
    case unsoundSerialNumber, malformedExtension, duplicateExtension, unknownCriticalExtension
    case unacceptableSignatureAlgorithm, notYetValid, expired, keyUsage, extendedKeyUsage, signerIsAuthority
    case signerIsAnchor, unsupportedKey, untrusted, badSignature, notAnAuthority, pathTooLong, nameConstraint
    case policy, weakAlgorithm, path, noTNAuthList, malformedTNAuthList, malformedClaimConstraints
    case bothClaimConstraints, delegationGap, outsideIssuersScope, revoked, revocationUnknown
    case revocationListStale

    init(_ fault: CertificateFault) {
        self =
            switch fault {
            case .unreachable: .unreachable
            case .timedOut: .timedOut
            case .overloaded: .overloaded
            case .redirected: .redirected
            case .status: .status
            case .bodyTooLarge: .bodyTooLarge
            case .noCertificate: .noCertificate
            case .wrongPEM: .wrongPEM
            case .malformedCertificate: .malformedCertificate
            case .tooManyCertificates: .tooManyCertificates
            case .duplicateCertificate: .duplicateCertificate
            case .unordered: .unordered
            case .notVersion3: .notVersion3
            case .unsoundSerialNumber: .unsoundSerialNumber
            case .malformedExtension: .malformedExtension
            case .duplicateExtension: .duplicateExtension
            case .unknownCriticalExtension: .unknownCriticalExtension
            case .unacceptableSignatureAlgorithm: .unacceptableSignatureAlgorithm
            case .notYetValid: .notYetValid
            case .expired: .expired
            case .keyUsage: .keyUsage
            case .extendedKeyUsage: .extendedKeyUsage
            case .signerIsAuthority: .signerIsAuthority
            case .signerIsAnchor: .signerIsAnchor
            case .unsupportedKey: .unsupportedKey
            case .untrusted: .untrusted
            case .badSignature: .badSignature
            case .notAnAuthority: .notAnAuthority
            case .pathTooLong: .pathTooLong
            case .nameConstraint: .nameConstraint
            case .policy: .policy
            case .weakAlgorithm: .weakAlgorithm
            case .path: .path
            case .noTNAuthList: .noTNAuthList
            case .malformedTNAuthList: .malformedTNAuthList
            case .malformedClaimConstraints: .malformedClaimConstraints
            case .bothClaimConstraints: .bothClaimConstraints
            case .delegationGap: .delegationGap
            case .outsideIssuersScope: .outsideIssuersScope
            case .revoked: .revoked
            case .revocationUnknown: .revocationUnknown
            case .revocationListStale: .revocationListStale
            }
    }
}

extension CertificateFaultKind {
    /// Tried with every other fault of a chain by the tests of the module that finds them; the outcome is the same.
    static let triedBesideTheChains: Set<CertificateFaultKind> = [
        .wrongPEM, .malformedCertificate, .unsoundSerialNumber, .malformedExtension, .duplicateExtension,
        .nameConstraint, .policy, .weakAlgorithm, .path,
        // Never kept, so that a judgement only finds that there is no certificate yet.
        .overloaded,
    ]
}
