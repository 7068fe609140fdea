package import NIOCore

/// What one switch, and all of them together, may ask of a listener. The defaults suit one carrier's switches on a private network.
package struct SwitchLimits: Sendable {
    /// After this nobody waits any more (every known client gives up at 500 ms), and a late answer can do harm: none is sent.
    package var answerDeadline: TimeAmount = .milliseconds(400)
    package var longestMessage = 65_536
    /// The scripting buffers of Kamailio and OpenSIPS end at 8,192 bytes. Counted with its framing.
    package var longestAnswer = 7_999
    package var deepestNesting = 16
    /// From the first byte of a message to its last. A connection between two messages may be idle for ever.
    package var unfinishedMessage: TimeAmount = .seconds(10)
    package var inFlightPerConnection = 512
    package var inFlightPerLoop = 4096
    package var connectionsPerLoop = 4096
    /// A connection that has this many messages waiting lets the others go first.
    package var messagesPerBatch = 256
    /// Unsent answers above the first figure stop the reading; reading goes on below the second.
    package var unsentHigh = 262_144
    package var unsentLow = 65_536
    /// A switch that leaves its answers unread for this long is closed.
    package var slowReader: TimeAmount = .seconds(5)
    /// How long a closing connection waits for the other end to have read its answers.
    package var farewell: TimeAmount = .milliseconds(500)
    /// One write() call for each answer instead of one for each batch of them: only for clients that cannot take an answer in two reads.
    package var flushesEachAnswer = false

    package init() {}
}
