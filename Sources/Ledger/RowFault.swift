package import NumberPlan

/// What is wrong with a row of an imported file, and where.
package struct RowFault: Hashable, Sendable {
    package enum Place: Hashable, Sendable {
        /// Of a table's CSV file, from 1; the line on which the row begins.
        case line(LedgerTable, Int)
        /// Of a table in a JSON document, from 1.
        case row(LedgerTable, Int)
        case document
        /// What a command was asked for.
        case command
    }

    package enum Reason: Hashable, Sendable {
        case notUTF8
        /// A quotation mark inside an unquoted field, or text behind a closing one, or none that closes.
        case badQuote
        case bareCarriageReturn
        case fieldTooLong
        case fieldCount(expected: Int, found: Int)
        case unknownColumn
        case missingColumn
        case repeatedColumn
        case empty
        case notAProviderCode
        case notACountryCode
        case notANumber
        /// Of two kinds, countries or lengths, or the last before the first.
        case notARange
        case notGlobal
        case notATime
        case notADay
        case notABoolean
        case notHours
        case notAScope
        case notAParty
        case notAnAddress
        /// Not lists that are shared.
        case notLists
        case endsBeforeItBegins
        /// A bad number, which does not stay one for ever.
        case endMissing
        case notOneOf([String])
        case notATrunkName
        case notAnIdentifier
        case tooLong
        case notLegible
        /// Not in the table that it names a row of.
        case unknown(LedgerTable)
        /// The same grant or delegation under another id, or another one under this id.
        case otherGrant
        /// Of the same key, in the same file.
        case otherRow(Place)
        case notJSON(String)
        /// A trunk's circuit names a trunk of its peer's.
        case circuitWithoutPeer
        case handoverWithoutCircuit
        /// That other trunk with the same peer has the circuit.
        case circuitTaken(String)
        case stateNotNext(TrunkState, TrunkState)
        case missing(ActivationItem)
        /// Who has approved.
        case approvedAlready([String])
        /// A grant of numbers that the plan gives to nobody.
        case unallocated(String, Unallocated)
        /// A range of codes, of which each counts only by itself.
        case codesTogether
        /// A code or a machine's number as an access line's own.
        case notALine
        case userNumberUsedAsServiceNumber
        /// Another customer's grant has the numbers.
        case notDelegated(grant: Int)
        /// A grant or a further delegation that is not within the one that it names.
        case outsideDelegation
        case sameParty
        case delegatorHasNot
        case notOnward
        case delegatedToOther
        case delegatedTooOften
    }

    package let place: Place
    package let column: String?
    package let reason: Reason

    package init(place: Place, column: String?, reason: Reason) {
        self.place = place
        self.column = column
        self.reason = reason
    }
}

extension RowFault: CustomStringConvertible {
    package var description: String {
        let parts = [place == .command ? nil : "\(place)", column.map { "column \($0)" }].compactMap { $0 }
        return (parts.isEmpty ? "" : parts.joined(separator: ", ") + ": ") + "\(reason)"
    }
}

extension RowFault.Place: CustomStringConvertible {
    package var description: String {
        switch self {
        case .line(let table, let line): "\(table.rawValue), line \(line)"
        case .row(let table, let row): "\(table.rawValue), row \(row)"
        case .document: "document"
        case .command: "command"
        }
    }
}

extension RowFault.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notUTF8: "not UTF-8"
        case .badQuote: "a quotation mark out of place; a field that has one is quoted whole, with the mark doubled"
        case .bareCarriageReturn: "a carriage return without a line feed"
        case .fieldTooLong: "a field longer than \(CSVReader.longestField) bytes"
        case .fieldCount(let expected, let found): "\(found) fields where the header has \(expected)"
        case .unknownColumn: "not a column of this table"
        case .missingColumn: "the header lacks this column"
        case .repeatedColumn: "the header has this column twice"
        case .empty: "must not be empty"
        case .notAProviderCode: "not a service provider code (1 to 16 of A-Z and 0-9)"
        case .notACountryCode: "not a country code (1 to 3 digits, no 0 in front)"
        case .notANumber: "not a number; write +8657188880000, or 86:95588 for a country's own code"
        case .notARange: "not a range: both ends of one country and one length, digits only, in order"
        case .notGlobal: "not a number that can be ported; write +8613800138000"
        case .notATime: "not a time: write seconds since 1970, or 2026-11-23T10:00:00+08:00"
        case .notADay: "not a day: write 2026-11-30"
        case .notABoolean: "not one of true, false"
        case .notHours: "not times of a day, in order: write 09:00-12:00 14:00-20:00"
        case .notAScope: "not names of services, each once, with one blank between"
        case .notAParty: "neither carrier:SPC nor customer:ID"
        case .notAnAddress: "not host:port; write trunk.east.example:7443, or [2001:db8::1]:7443"
        case .notLists:
            "not lists of \(SharedList.allCases.map(\.rawValue).joined(separator: ", ")), each once, with one blank between"
        case .endMissing: "bad_number_without_end: say in valid_to until when it is not to be believed"
        case .endsBeforeItBegins: "valid_to must be after valid_from"
        case .notOneOf(let words): "not one of \(words.joined(separator: ", "))"
        case .notATrunkName: "not a trunk name (1 to 64 printable ASCII characters, no blanks)"
        case .notAnIdentifier: "not a positive integer"
        case .tooLong: "too long"
        case .notLegible: "a control character, or a blank at an end"
        case .unknown(let table): "not among the \(table.rawValue); import those first"
        case .otherGrant:
            "a grant or delegation is fixed once made, but for its end; leave id empty for a new one, under its own valid_from"
        case .otherRow(let place): "another row of the same key is at \(place)"
        case .notJSON(let why): why
        case .circuitWithoutPeer:
            "circuit_without_peer: only an interconnect or international trunk with a peer has one"
        case .handoverWithoutCircuit:
            "handover_without_circuit: name the circuit, so that the peer knows which trunk an assertion is for"
        case .circuitTaken(let trunk): "circuit_taken: trunk \(trunk) has this circuit with the same peer"
        case .stateNotNext(let former, let state):
            "state_not_next: a trunk that is \(former.rawValue) cannot become \(state.rawValue), but "
                + former.next.map(\.rawValue).sorted().joined(separator: " or ")
        case .missing(let item): item.description
        case .approvedAlready(let people):
            "approved_already: another must approve; so far: \(people.joined(separator: ", "))"
        case .unallocated(let number, let why): "number_unallocated: the plan gives \(number) to nobody (\(why))"
        case .codesTogether:
            "codes_granted_together: a code is granted by itself, not with those beside it; enter each, or as only to be called"
        case .notALine: "not_a_line: no line has a code or a machine's number; grant it to the trunk"
        case .userNumberUsedAsServiceNumber:
            "user_number_used_as_service_number: those who call for a living are not granted subscribers' numbers"
        case .notDelegated(let grant):
            "not_delegated: grant \(grant) gives these numbers to another customer; import that customer's delegation first"
        case .outsideDelegation:
            "outside_delegation: it is not within the delegation's numbers and validity, or not for its delegate"
        case .sameParty: "same_party: nobody delegates to himself"
        case .delegatorHasNot: "delegator_without_right: the delegator neither holds nor was granted all these numbers"
        case .notOnward: "not_onward: the delegation that it rests on forbids further ones"
        case .delegatedToOther: "delegated_to_other: the delegation that it rests on is not the delegator's"
        case .delegatedTooOften:
            "delegated_too_often: numbers are not passed on more than \(LedgerSnapshot.longestDelegation) times"
        }
    }
}
