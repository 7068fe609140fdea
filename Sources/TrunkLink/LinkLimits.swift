package import NIOCore

/// What a peer, and a stranger, may ask of the link. Nothing in it depends on who the peer is.
package struct LinkLimits: Sendable {
    /// Statements with their chains, or a batch of assertions.
    package var longestMessage = 131_072
    package var deepestNesting = 8
    /// TLS handshake and `hello` of both, from the moment of the connection.
    package var greeting: TimeAmount = .seconds(5)
    /// From the first byte of a message to its last.
    package var unfinishedMessage: TimeAmount = .seconds(10)
    /// Between two heartbeats.
    package var heartbeat: TimeAmount = .seconds(5)
    /// Nothing at all was heard of the peer for so long: the connection is dead, whatever TCP thinks.
    package var silence: TimeAmount = .seconds(15)
    /// Messages a second, of which so many may come at once; a batch of assertions counts by its calls.
    package var messagesPerSecond = 50_000
    package var bytesPerSecond = 16_777_216
    /// Numbered messages that are under way to a peer at one time.
    package var window = 64
    /// Messages of all kinds that a peer has not answered: beyond, only answers are sent to it.
    package var mostUnanswered = 4_096
    /// Those of a peer that wait to be worked on: beyond, nothing more is read of it.
    package var mostUnworked = 256
    /// Unsent bytes above the first figure mean that the peer does not read; below the second it does again.
    package var unsentHigh = 4_194_304
    package var unsentLow = 1_048_576
    /// A peer that leaves them unread for so long is let go.
    package var slowReader: TimeAmount = .seconds(10)
    /// The longest first pause before a connection is tried again, and the longest of all; each is a random part of it.
    package var firstPause: TimeAmount = .seconds(1)
    package var longestPause: TimeAmount = .seconds(30)
    /// Connections whose other end has not said who it is.
    package var strangers = 64
    /// Calls in one message.
    package var largestBatch = 256
    /// How long an assertion is worth sending, in seconds: as long as its token is fresh.
    package var assertionLife = 60
    /// Calls that are kept for one peer, to be sent again if it was restarted or had not taken them.
    package var keptAssertions = 50_000
    /// What a peer does wrong before it is let go: answers to nothing, messages that are none, statements that are refused.
    package var mostFaults = 20

    package init() {}
}
