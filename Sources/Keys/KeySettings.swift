package import Certificates
internal import Foundation
package import LibCrypto

/// What holds for all credentials of one data folder.
package struct KeySettings: Hashable, Sendable {
    /// Ends in a slash: a certificate's own URL is this, its id and `.pem`.
    package let baseURL: String
    /// Allows http, any port and private addresses, for laboratories.
    package let allowsPrivateNetwork: Bool
    /// A folder of PEM files: the roots that peers trust, to judge a chain as they will.
    package let anchors: String
    /// Days before its end from which a certificate is to be replaced, if that is earlier than at a third of its life.
    package let rotateDays: Int
    /// Whether a credential signs only after somebody else than who staged it has approved.
    package let needsTwoPersons: Bool

    static let mostRotateDays = 36_500

    package init(
        baseURL: String, allowsPrivateNetwork: Bool = false, anchors: String, rotateDays: Int = 0,
        needsTwoPersons: Bool = false
    ) throws(KeyFault) {
        guard (0...Self.mostRotateDays).contains(rotateDays) else { throw .rotateDays(rotateDays) }
        self.baseURL = baseURL.hasSuffix("/") ? baseURL : baseURL + "/"
        self.allowsPrivateNetwork = allowsPrivateNetwork
        self.anchors = anchors
        self.rotateDays = rotateDays
        self.needsTwoPersons = needsTwoPersons
        _ = try url(of: "20260101-000000000000")
    }

    package var urlRules: CertificateURLRules { allowsPrivateNetwork ? .laboratory : .shaken }

    package func url(of id: String) throws(KeyFault) -> CertificateURL {
        let text = baseURL + KeyFiles.publishedName(of: id)
        do throws(CertificateURLFault) { return try CertificateURL(text, rules: urlRules) } catch {
            throw .baseURL(baseURL, error)
        }
    }
}

extension KeySettings {
    /// A text for each setting that is another.
    func changes(from old: KeySettings) -> [String] {
        let settings: [(name: String, old: String, new: String)] = [
            ("url", old.baseURL, baseURL), ("anchors", old.anchors, anchors),
            ("rotate-days", "\(old.rotateDays)", "\(rotateDays)"),
            ("two-persons", "\(old.needsTwoPersons)", "\(needsTwoPersons)"),
            ("private-network", "\(old.allowsPrivateNetwork)", "\(allowsPrivateNetwork)"),
        ]
        return settings.filter { $0.old != $0.new }.map { "\($0.name): \($0.new), before: \($0.old)" }
    }

    /// In the order of their files' names; hidden ones are left out.
    package func readAnchors() throws -> [Certificate] {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: anchors) } catch {
            throw KeyFault.anchorsUnread(anchors, error.localizedDescription)
        }
        var found: [Certificate] = []
        for name in names.sorted() where !name.hasPrefix(".") {
            let pem = try IssuedFile.read("\(anchors)/\(name)")
            found += try Certificate.all(inPEM: pem.span, atMost: 1_000)
        }
        guard !found.isEmpty else { throw KeyFault.noAnchors(anchors) }
        return found
    }
}

/// Who does something, why, and when: what each row of the history says.
package struct Act: Hashable, Sendable {
    package var who: String
    package var why: String
    /// Unix time.
    package var at: Int

    /// In Unicode scalars, as the schema counts.
    package static let longestWho = 200, longestWhy = 1_000

    package init(who: String, why: String, at: Int) {
        self.who = who
        self.why = why
        self.at = at
    }

    /// Of a reason only as much as the schema takes.
    func because(_ reason: String) -> Act {
        Act(who: who, why: String(reason.unicodeScalars.prefix(Self.longestWhy)), at: at)
    }
}
