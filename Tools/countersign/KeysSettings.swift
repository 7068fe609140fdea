import ArgumentParser
import Foundation
import Keys

extension KeysCommand {
    struct Initialize: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "init", abstract: "Make the place where keys are kept.")

        @OptionGroup var place: Place
        @OptionGroup var author: Author

        @Option(help: "Where peers will find the certificates: each gets a name of its own below this URL.")
        var url: String

        @Option(help: ArgumentHelp("The roots that peers trust, as PEM files.", valueName: "folder"))
        var anchors: String

        @Option(help: "Rotate so many days before the end, if that is earlier than a third of the certificate's life.")
        var rotateDays = 0

        @Flag(help: "Let no credential sign that one person alone has staged: another one has to approve it.")
        var twoPersons = false

        @Flag(help: "Allow http, any port and private addresses: for laboratories.") var privateNetwork = false

        func run() async throws {
            try await KeysCommand.reportingFaults {
                let settings = try KeySettings(
                    baseURL: url, allowsPrivateNetwork: privateNetwork,
                    anchors: URL(filePath: anchors).standardizedFileURL.path, rotateDays: rotateDays,
                    needsTwoPersons: twoPersons)
                _ = try settings.readAnchors()
                let lock = try KeyLock(data: place.data)
                _ = try KeyStore.create(at: place.data, settings, author.act("init"))
                lock.release()
                print("\(place.data)/\(KeyStore.fileName)")
            }
        }
    }

    struct Change: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Change what 'init' has set; print what is changed.",
            discussion: """
                What is not named stays as it is. Another URL is for the certificates to come: those that are published \
                have to be served where they are, until they retire.
                """)

        @OptionGroup var place: Place
        @OptionGroup var author: Author

        @Option(help: "Where peers will find the certificates to come.") var url: String?
        @Option(help: ArgumentHelp("The roots that peers trust, as PEM files.", valueName: "folder"))
        var anchors: String?
        @Option(help: "Rotate so many days before the end, if that is earlier than a third of the certificate's life.")
        var rotateDays: Int?
        @Flag(help: "From now on have a second person approve each credential. It cannot be taken back.")
        var twoPersons = false
        @Flag(inversion: .prefixedNo, help: "Allow http, any port and private addresses: for laboratories.")
        var privateNetwork: Bool?

        func run() async throws {
            try await KeysCommand.reportingFaults {
                let store = try place.ownStore(), lock = try KeyLock(data: place.data), old = try store.settings()
                let new = try KeySettings(
                    baseURL: url ?? old.baseURL, allowsPrivateNetwork: privateNetwork ?? old.allowsPrivateNetwork,
                    anchors: anchors.map { URL(filePath: $0).standardizedFileURL.path } ?? old.anchors,
                    rotateDays: rotateDays ?? old.rotateDays, needsTwoPersons: twoPersons || old.needsTwoPersons)
                _ = try new.readAnchors()
                for change in try store.change(to: new, author.act("set")) { print(change) }
                lock.release()
            }
        }
    }
}
