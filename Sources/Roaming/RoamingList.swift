package import NumberPlan
package import Policy

/// Whose subscribers are abroad, of a file: for demonstrations, and for carriers small enough to write it.
///
///     number,roaming
///     +8613800138000,abroad
///     +8613800138001,home
///     *,home
///
/// `*` stands for all numbers that are not in it, about which it says nothing otherwise.
package struct RoamingList: Sendable {
    private let isAbroad: [TelephoneNumber: Bool]
    private let areOthersHome: Bool

    /// In bytes; some 180,000 numbers.
    package static let largestFile = 4_194_304

    package init(file: [UInt8]) throws(RoamingListFault) {
        guard file.count <= Self.largestFile else { throw RoamingListFault(line: nil, .tooLarge) }
        var isAbroad: [TelephoneNumber: Bool] = [:]
        var areOthersHome = false
        for row in try RoamingListRow.rows(of: file) {
            switch row.subject {
            case .number(let number):
                guard isAbroad.updateValue(row.isAbroad, forKey: number) == nil else { throw row.fault(.repeated) }
            case .others:
                // Else whatever number somebody invents would be abroad.
                guard !row.isAbroad else { throw row.fault(.othersAbroad) }
                guard !areOthersHome else { throw row.fault(.repeated) }
                areOthersHome = true
            }
        }
        self.isAbroad = isAbroad
        self.areOthersHome = areOthersHome
    }

    package var count: Int { isAbroad.count }

    package func outcome(for number: TelephoneNumber) -> RoamingOutcome {
        switch isAbroad[number] {
        case true?: .abroad
        case false?: .home
        case nil: areOthersHome ? .home : .unknown(.numberNotKnown)
        }
    }
}

/// Below the header.
private struct RoamingListRow {
    enum Subject { case number(TelephoneNumber), others }

    let line: Int
    let subject: Subject
    let isAbroad: Bool

    func fault(_ reason: RoamingListFault.Reason) -> RoamingListFault { RoamingListFault(line: line, reason) }

    static func rows(of file: [UInt8]) throws(RoamingListFault) -> [RoamingListRow] {
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = file.starts(with: byteOrderMark) ? file[byteOrderMark.count...] : file[...]
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        guard let header = lines.first, fields(of: header) == ["number", "roaming"] else {
            throw RoamingListFault(line: 1, .noHeader)
        }
        var rows: [RoamingListRow] = []
        rows.reserveCapacity(lines.count)
        for (index, line) in lines.enumerated().dropFirst() {
            rows.append(try RoamingListRow(fields(of: line), line: index + 1))
        }
        return rows
    }

    private static func fields(of line: ArraySlice<UInt8>) -> [String] {
        let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        return line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    private init(_ fields: [String], line: Int) throws(RoamingListFault) {
        guard fields.count == 2 else { throw RoamingListFault(line: line, .notTwoFields) }
        if fields[0] == "*" {
            subject = .others
        } else {
            guard let number = TelephoneNumber(described: fields[0]), number.country == nil else {
                throw RoamingListFault(line: line, .notANumber)
            }
            subject = .number(number)
        }
        switch fields[1] {
        case "abroad": isAbroad = true
        case "home": isAbroad = false
        default: throw RoamingListFault(line: line, .notAnAnswer)
        }
        self.line = line
    }
}

/// Why a file of who is abroad cannot be used, with the line to look at.
package struct RoamingListFault: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable, CaseIterable {
        case tooLarge, noHeader, notTwoFields, notANumber, notAnAnswer, othersAbroad, repeated
    }

    package let line: Int?
    package let reason: Reason

    package init(line: Int?, _ reason: Reason) {
        self.line = line
        self.reason = reason
    }
}

extension RoamingListFault.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLarge: "more than \(RoamingList.largestFile) bytes; so many subscribers take a service"
        case .noHeader: "the first line must be number,roaming"
        case .notTwoFields: "not a number and where it is; write +8613800138000,abroad"
        case .notANumber: "not a number; write +8613800138000, or * for all that are not in this file"
        case .notAnAnswer: "where it is must be abroad or home"
        case .othersAbroad: "* can only be home: whoever invents a number would be abroad with it"
        case .repeated: "this stands in the file twice; take one of the two out"
        }
    }
}
