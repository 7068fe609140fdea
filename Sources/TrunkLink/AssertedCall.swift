/// A token ahead of its call, as it travels to the carrier at the other end of the call's trunk.
package struct AssertedCall: Hashable, Sendable {
    /// The name that both carriers have for the trunk.
    package let circuit: String
    /// Digits, as the token has them.
    package let orig: String
    package let dest: [String]
    /// As it would stand in the Identity header field.
    package let identity: String
    /// The SIP Call-ID at the sender, for the record.
    package let call: String?

    package init(circuit: String, orig: String, dest: [String], identity: String, call: String?) {
        self.circuit = circuit
        self.orig = orig
        self.dest = dest
        self.identity = identity
        self.call = call
    }
}
