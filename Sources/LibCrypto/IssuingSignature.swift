extension ES256Signature {
    /// `SEQUENCE { r INTEGER, s INTEGER }`, as certificates and CRLs carry it (RFC 5480 Appendix A).
    package var der: [UInt8] {
        let encoded = DERSignature(self)
        return (0..<encoded.count).map { encoded.bytes[$0] }
    }
}

extension Certificate.Extension {
    package init(_ oid: String, isCritical: Bool, value: [UInt8]) {
        self.oid = oid
        self.isCritical = isCritical
        self.value = value
    }
}
