internal import GRDB

/// How the daemon's link to a peer stands, as it has written it down for whoever asks with the tool.
package struct LinkState: Hashable, Sendable {
    package let peer: String
    /// When it was so. Unix time.
    package let at: Int
    /// `linked`, `dialling` or `waiting`.
    package let state: String
    /// Of the protocol, as the peer speaks it.
    package let version: String?
    /// How far the peer's clock is ahead of ours, and how long a message takes to come back. In milliseconds.
    package let clockOffset, roundTrip: Int?
    /// Why the last connection ended, or did not begin.
    package let lastFault: String?
    /// What was counted since the daemon began: `sent=12 acknowledged=12`.
    package let counters: String

    package init(
        peer: String, at: Int, state: String, version: String?, clockOffset: Int?, roundTrip: Int?, lastFault: String?,
        counters: String
    ) {
        (self.peer, self.at, self.state, self.version) = (peer, at, state, version)
        (self.clockOffset, self.roundTrip) = (clockOffset, roundTrip)
        (self.lastFault, self.counters) = (lastFault, counters)
    }
}

extension ExchangeStore {
    /// In the place of all that was written down before.
    package func keep(_ states: [LinkState]) throws(ExchangeFault) {
        try write { db in
            try db.execute(sql: "DELETE FROM link")
            for state in states {
                try db.execute(
                    sql: "INSERT INTO link VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    arguments: [
                        state.peer, state.at, state.state, state.version, state.clockOffset, state.roundTrip,
                        state.lastFault, state.counters,
                    ])
            }
        }
    }

    /// By peer.
    package func linkStates() throws(ExchangeFault) -> [String: LinkState] {
        try read { db in
            let states = try Row.fetchAll(db, sql: "SELECT * FROM link").map { row in
                LinkState(
                    peer: try row.decode(forColumn: "peer"), at: try row.decode(forColumn: "at"),
                    state: try row.decode(forColumn: "state"), version: try row.decode(forColumn: "version"),
                    clockOffset: try row.decode(forColumn: "clock_offset"),
                    roundTrip: try row.decode(forColumn: "round_trip"),
                    lastFault: try row.decode(forColumn: "last_fault"), counters: try row.decode(forColumn: "counters"))
            }
            return Dictionary(states.map { ($0.peer, $0) }) { $1 }
        }
    }
}
