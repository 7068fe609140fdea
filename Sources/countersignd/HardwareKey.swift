internal import Certificates
internal import Dispatch
internal import Keys
internal import LibCrypto
internal import Logging

extension Configuration.Signing.Hardware {
    /// The key, for as long as the daemon has the credential it is part of; `logger` hears when it fails and when it is back.
    func open(_ uri: TokenURI, logger: Logger) throws -> SigningKey {
        let pin = try IssuedFile.readPassphrase(pin)
        return try SigningKey(
            TokenKey(uri, module: module, pin: pin), signers: sessions,
            microseconds: { Int(DispatchTime.now().uptimeNanoseconds / 1_000) },
            report: { Self.log($0, of: uri, to: logger) })
    }

    func opening(logger: Logger) -> Keyring.OpenToken {
        { uri in try open(uri, logger: logger) }
    }

    private static func log(_ change: TokenSigners.Change, of uri: TokenURI, to logger: Logger) {
        switch change {
        case .lost(let fault):
            logger.error(
                "the token does not sign: calls are refused until it does",
                metadata: ["key": "\(uri)", "reason": "\(fault)"])
        case .regained: logger.info("the token signs again", metadata: ["key": "\(uri)"])
        }
    }
}
