import Foundation
import Jansson
import LibCrypto

/// What the folder Vectors holds.
enum VectorFiles {
    static func text(_ name: String) throws -> [UInt8] {
        let folder = try Bundle.module.url(forResource: "Vectors", withExtension: nil).orThrow("Vectors")
        return [UInt8](try Data(contentsOf: folder.appending(path: name)))
    }

    static func json(_ name: String) throws -> JSON {
        let text = try text(name)
        return try JSON(parsing: text.span)
    }

    static func bytes(fromHex text: String) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue).map(UInt8.init)
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}

struct MissingFile: Error { let name: String }

extension Optional {
    func orThrow(_ name: String) throws -> Wrapped {
        guard let self else { throw MissingFile(name: name) }
        return self
    }
}

/// Chains of a published sample of judged cases, and the clock they are judged at.
struct SampleChains {
    static let now = 1_795_330_000
    let anchor: Certificate
    private let bodies: [String: String]

    init() throws {
        let file = try VectorFiles.json("sample-chains.json")
        let pem = Array(try file.string("anchor").utf8)
        anchor = try Certificate.all(inPEM: pem.span, atMost: 1)[0]
        let chains = try file.object("chains")
        var bodies: [String: String] = [:]
        for name in chains.names { bodies[name] = chains.member(name)?.text }
        self.bodies = bodies
    }

    func body(_ name: String) throws -> [UInt8] { Array(try bodies[name].orThrow(name).utf8) }
}
