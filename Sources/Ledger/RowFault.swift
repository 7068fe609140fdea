/// What is wrong with a row of an imported file, and where.
package struct RowFault: Hashable, Sendable {
    package enum Place: Hashable, Sendable {
        /// Of a CSV file, from 1; the line on which the row begins.
        case line(Int)
        /// Of a table in a JSON document, from 1.
        case row(LedgerTable, Int)
        case document
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
        case notATime
        case endsBeforeItBegins
        case notAClass
        case notATrunkName
        case notAnIdentifier
        case tooLong
        /// Not in the table that it names a row of.
        case unknown(LedgerTable)
        /// The same grant under another id, or another grant under this id.
        case otherGrant
        case notJSON(String)
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
        let where_ =
            switch place {
            case .line(let line): "line \(line)"
            case .row(let table, let row): "\(table.rawValue), row \(row)"
            case .document: "document"
            }
        return "\(where_)\(column.map { ", column \($0)" } ?? ""): \(reason)"
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
        case .notATime: "not a time in seconds since 1970"
        case .endsBeforeItBegins: "valid_to must be after valid_from"
        case .notAClass: "not one of \(TrunkClass.allCases.map(\.rawValue).joined(separator: ", "))"
        case .notATrunkName: "not a trunk name (1 to 64 printable ASCII characters, no blanks)"
        case .notAnIdentifier: "not a positive integer"
        case .tooLong: "too long"
        case .unknown(let table): "not among the \(table.rawValue); import those first"
        case .otherGrant: "a grant is fixed once made, but for its end; leave id empty for a new one"
        case .notJSON(let why): why
        }
    }
}
