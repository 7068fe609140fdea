import CertificateRepository
import Certificates
import Foundation
import LibCrypto
import MiniPKI
import NIOCore
import Testing

@Suite struct `What is published` {
    let repository: Repository

    init() throws { repository = try Repository() }

    @Test func `chains and CRLs are, under their names`() throws {
        let pki = repository.pki, leaf = pki.leaf(.spc("709J"))
        let list = try RevocationList.all(inPEM: pki.revocationList(of: leaf).span, atMost: 1)[0]
        repository.write("709J-1.pem", leaf.pem)
        repository.write("in-pem.crl", pki.revocationList(of: leaf, number: 2))
        repository.write("in-der.crl", list.der)
        let files = try repository.files()
        #expect(files.names == ["709J-1.pem", "in-der.crl", "in-pem.crl"])
        #expect(files.refused.isEmpty)
        #expect(files["709J-1.pem"]?.body.readableBytesView.elementsEqual(leaf.pem) == true)
        #expect(files["in-der.crl"]?.body.readableBytesView.elementsEqual(list.der) == true)
        // RFC 5280 §4.2.1.13: over HTTP a CRL goes in DER.
        let parsed = try #require(files["in-pem.crl"].map { Array($0.body.readableBytesView) })
        #expect(try RevocationList(der: parsed.span).number == "02")
    }

    @Test func `a private key never is, whatever its file is called`() throws {
        let leaf = repository.pki.leaf(.spc("709J")), key = try leaf.key.pem()
        for name in ["key.pem", "key.crl", "key", "chain-and-key.pem", "key-and-chain.pem"] {
            let isBoth = name.contains("and")
            repository.write(name, !isBoth ? key : name.hasPrefix("key") ? key + leaf.pem : leaf.pem + key, mode: 0o600)
        }
        let files = try repository.files()
        #expect(files.names == [])
        #expect(files.refused.count == 5)
    }

    @Test func `text around certificates is left out`() throws {
        let leaf = repository.pki.leaf(.spc("709J"))
        repository.write("a.pem", Array("subject=a secret of ours\n".utf8) + leaf.pem + Array("\nand another\n".utf8))
        #expect(try repository.files()["a.pem"]?.body.readableBytesView.elementsEqual(leaf.pem) == true)
    }

    @Test func `what verifiers would refuse is not, and each file says why`() throws {
        let pki = repository.pki, leaf = pki.leaf(.spc("709J"))
        let certificates = Array(leaf.chain.reversed().map(\.pem).joined().utf8)
        repository.write("reversed.pem", certificates)
        repository.write("empty.pem", [])
        repository.write("long.pem", Array(repeating: UInt8(ascii: " "), count: 33 * 1024))
        repository.write("text.crl", Array("hello".utf8))
        repository.write("two.crl", pki.revocationList() + pki.revocationList(by: pki.root))
        repository.write("broken.crl", [0x30, 0x82] + Array(repeating: 0, count: 100))
        repository.write("white space.pem", leaf.pem)
        repository.write("other.txt", leaf.pem)
        try FileManager.default.createDirectory(
            atPath: "\(repository.folder)/folder.pem", withIntermediateDirectories: true)
        let files = try repository.files()
        #expect(files.names == [])
        let why = files.refused.mapValues(\.description)
        for (name, words) in [
            ("reversed.pem", "chain_unordered"), ("empty.pem", "certificate_absent"), ("long.pem", "longer than 32768"),
            ("text.crl", "no CRL is in it"), ("two.crl", "more than 1 lists"), ("broken.crl", "d2i_X509_CRL"),
            ("white space.pem", "its name"), ("other.txt", "its name"), ("folder.pem", "is not a file"),
        ] { #expect(why[name]?.contains(words) == true, "\(name): \(why[name] ?? "published")") }
    }

    @Test func `hidden files, and files on their way, are not looked at`() throws {
        let leaf = repository.pki.leaf(.spc("709J"))
        repository.write(".a.pem", leaf.pem)
        repository.write("a.pem.8A1F.new", leaf.pem)
        let files = try repository.files()
        #expect(files.names == [] && files.refused.isEmpty)
    }

    @Test func `a file that is being written anew is served as it was`() throws {
        let leaf = repository.pki.leaf(.spc("709J"))
        repository.write("a.pem", leaf.pem)
        let before = try repository.files()
        repository.write("a.pem", Array(leaf.pem.prefix(200)))
        let during = try repository.files(before: before)
        #expect(during["a.pem"]?.entityTag == before["a.pem"]?.entityTag)
        #expect(during.refused.keys.sorted() == ["a.pem"])
        try FileManager.default.removeItem(atPath: "\(repository.folder)/a.pem")
        #expect(try repository.files(before: during).names == [])
    }

    @Test func `there is an end to what is held in memory`() throws {
        let leaf = repository.pki.leaf(.spc("709J"))
        for index in 0...PublishedFiles.most { repository.write("\(index).pem", leaf.pem) }
        let files = try repository.files()
        #expect(files.names.count == PublishedFiles.most)
        #expect(files.refused.values.map(\.description).first?.contains("more than 1000 files") == true)
    }

    @Test func `a folder's state changes with each of its files and with nothing else`() throws {
        let folder = WatchedFolder(repository.folder), leaf = repository.pki.leaf(.spc("709J"))
        var states = [folder.state]
        func remember() {
            #expect(folder.state == folder.state)
            states.append(folder.state)
        }
        repository.write("a.pem", leaf.pem)
        remember()
        try IssuedFile.replace("\(repository.folder)/a.pem", leaf.pem)
        remember()
        repository.write("b.pem", leaf.pem)
        remember()
        try FileManager.default.removeItem(atPath: "\(repository.folder)/a.pem")
        remember()
        #expect(Set(states).count == 5)
        #expect(WatchedFolder("/nowhere/at/all").state == states[0])
    }
}
