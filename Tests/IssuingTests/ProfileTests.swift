import Certificates
import Foundation
import Testing
import Yams

@Suite struct ProfileTests {
    /// The repository's folder Certs, two folders above this file's.
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Certs/profiles")

    @Test(arguments: CertificateProfile.Kind.allCases)
    func `the files in Certs are what is built in`(kind: CertificateProfile.Kind) throws {
        let text = try String(contentsOf: Self.folder.appending(path: "\(kind.rawValue).yaml"), encoding: .utf8)
        #expect(try YAMLDecoder().decode(CertificateProfile.self, from: text) == .testing(kind))
    }

    @Test(arguments: [
        ("life-time: 3", "life-time is no key"), ("lifetime-days: 0", "goes from 1"),
        ("lifetime-days: 9000000000000000000", "goes from 1"), ("crl: {url: 'https://ä/', indirect: false}", "not one"),
    ])
    func `a profile with a mistake is refused`(line: String, words: String) throws {
        var fields = ["kind": "root", "lifetime-days": "1", "country": "US", "organization": "o", "common-name": "n"]
        let parts = line.split(separator: ":", maxSplits: 1)
        fields[String(parts[0])] = String(parts[1])
        let text = fields.map { "\($0): \($1)\n" }.joined()
        let error = #expect(throws: (any Error).self) { try YAMLDecoder().decode(CertificateProfile.self, from: text) }
        #expect("\(try #require(error))".contains(words))
    }
}
