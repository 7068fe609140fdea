/// Who we are to our peers.
package struct LinkIdentity: Sendable {
    /// Of our data, for as long as that lives; and of this process.
    package let instance, boot: String
    package let capabilities: [String]

    package init(instance: String, boot: String, capabilities: [String] = []) {
        (self.instance, self.boot, self.capabilities) = (instance, boot, capabilities)
    }
}

/// A carrier to be linked with.
package struct LinkPeer: Hashable, Sendable {
    package let carrier: String
    /// Where it is dialled; nil where it dials us.
    package let address: Address?

    package struct Address: Hashable, Sendable {
        package let host: String
        package let port: Int

        package init(host: String, port: Int) { (self.host, self.port) = (host, port) }
    }

    package init(carrier: String, address: Address? = nil) { (self.carrier, self.address) = (carrier, address) }
}

/// A message that takes effect once, and in its order.
package struct NumberedMessage: Hashable, Sendable {
    /// From 1 on, without gaps.
    package let sequence: Int
    /// The method of its request: `notice`, `trace-question`, `trace-answer` or `share`.
    package let kind: String
    package let statement: String

    package init(sequence: Int, kind: String, statement: String) {
        (self.sequence, self.kind, self.statement) = (sequence, kind, statement)
    }
}

/// What became of a numbered message.
package enum MessageOutcome: Hashable, Sendable {
    /// It has taken effect, now or before.
    case taken
    /// It has none and never will, for this reason. It counts as received: to send it again would change nothing.
    case refused(String)
    /// It has none, for this reason, which is no fault of the peer's: it makes up for it by itself. It counts as received.
    case passedOver(String)
    /// One before it is missing.
    case outOfOrder(received: Int)
}

/// What the link has from whoever keeps what is exchanged, and gives him. What is asynchronous may wait for the disk: of one
/// peer nothing else is done meanwhile, of others all is.
package struct LinkMailbox: Sendable {
    /// What we know of a peer's data, for our `hello`.
    package var known: @Sendable (_ peer: String) async throws -> Hello.Known?
    /// A connection begins, of which the peer says so much. Returns after which of our messages to go on.
    package var meet: @Sendable (_ peer: String, Hello) async throws -> Int
    /// What waits for a peer behind `after`.
    package var outgoing: @Sendable (_ peer: String, _ after: Int, _ limit: Int) async throws -> [NumberedMessage]
    package var acknowledge: @Sendable (_ peer: String, _ through: Int) async throws -> Void
    package var take: @Sendable (_ peer: String, NumberedMessage) async throws -> MessageOutcome
    /// Returns how many were taken. Called on the link's loop: it must not wait.
    package var assertions: @Sendable (_ peer: String, [AssertedCall]) -> Int
    /// The newest signed head of our own evidence.
    package var head: @Sendable () -> String?
    /// The newest that we hold of a peer's.
    package var heldHead: @Sendable (_ peer: String) async throws -> String?
    /// A peer's newest head.
    package var takeHead: @Sendable (_ peer: String, String) -> Void

    package init(
        known: @escaping @Sendable (String) async throws -> Hello.Known?,
        meet: @escaping @Sendable (String, Hello) async throws -> Int,
        outgoing: @escaping @Sendable (String, Int, Int) async throws -> [NumberedMessage],
        acknowledge: @escaping @Sendable (String, Int) async throws -> Void,
        take: @escaping @Sendable (String, NumberedMessage) async throws -> MessageOutcome,
        assertions: @escaping @Sendable (String, [AssertedCall]) -> Int,
        head: @escaping @Sendable () -> String? = { nil },
        heldHead: @escaping @Sendable (String) async throws -> String? = { _ in nil },
        takeHead: @escaping @Sendable (String, String) -> Void = { _, _ in }
    ) {
        self.known = known
        self.meet = meet
        self.outgoing = outgoing
        self.acknowledge = acknowledge
        self.take = take
        self.assertions = assertions
        self.head = head
        self.heldHead = heldHead
        self.takeHead = takeHead
    }
}

/// What an operator may want to know of.
package enum LinkEvent: Sendable {
    case linked(peer: String, Hello, isDialled: Bool)
    case ended(peer: String, LinkFault)
    /// A connection that never became one.
    case refused(address: String, LinkFault)
    /// It could not be dialled, or the greeting failed.
    case notLinked(peer: String, String)
    /// A numbered message was refused.
    case statementRefused(peer: String, kind: String, reason: String)
    /// A numbered message was passed over, the first since one of its kind was taken.
    case statementPassedOver(peer: String, kind: String, reason: String)
    /// What keeps the messages failed.
    case mailboxFailed(peer: String, String)
}
