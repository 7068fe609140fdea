// swift-tools-version: 6.3
import PackageDescription

let house: [SwiftSetting] = [
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

// In layer order: each target imports only what stands above it.
let package = Package(
    name: "countersign",
    products: ["SlowModule", "SkewedClock"].map { .library(name: $0, type: .dynamic, targets: [$0]) },
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The C frontier: the only unsafe code.
        .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CJansson", pkgConfig: "jansson", providers: [.apt(["libjansson-dev"])]),
        .target(name: "LibCrypto", dependencies: ["CLibCrypto"], swiftSettings: house),
        .target(name: "Jansson", dependencies: ["CJansson"], swiftSettings: house),

        // Vocabulary: values and pure rules.
        .target(
            name: "NumberPlan", dependencies: ["Jansson", "LibCrypto"],
            resources: ["china", "countries", "nanp"].map { .embedInCode("Plans/\($0).json") }, swiftSettings: house),
        .target(name: "PASSporT", dependencies: ["NumberPlan", "Jansson", "LibCrypto"], swiftSettings: house),
        .target(
            name: "Certificates",
            dependencies: ["NumberPlan", "Jansson", "LibCrypto", "PASSporT", asn1, systemPackage], swiftSettings: house),

        // What is kept on disk.
        .target(name: "Ledger", dependencies: ["NumberPlan", grdb], swiftSettings: house),
        .target(name: "Records", dependencies: ["LibCrypto", "Jansson", grdb, systemPackage], swiftSettings: house),
        .target(
            name: "Keys", dependencies: ["NumberPlan", "LibCrypto", "PASSporT", "Certificates", grdb, systemPackage],
            swiftSettings: house),

        // What carriers say to each other over their signatures, and what of it outlives the process.
        .target(
            name: "Statements", dependencies: ["Jansson", "LibCrypto", "PASSporT", "Certificates"], swiftSettings: house
        ),
        .target(
            name: "Exchange",
            dependencies: [
                "Jansson", "LibCrypto", "NumberPlan", "Certificates", "Ledger", "Records", "Statements", grdb,
            ],
            swiftSettings: house),

        // What follows from plan and ledger: pure functions.
        .target(name: "Policy", dependencies: ["NumberPlan", "Ledger", "PASSporT"], swiftSettings: house),

        // Services, which do not know each other.
        .target(
            name: "Originating",
            dependencies: ["NumberPlan", "LibCrypto", "PASSporT", "Certificates", "Ledger", "Policy"],
            swiftSettings: house),
        .target(
            name: "Terminating", dependencies: ["NumberPlan", "PASSporT", "Certificates", "Ledger", "Policy"],
            swiftSettings: house),

        // Edges.
        .target(
            name: "CertificateRepository",
            dependencies: ["LibCrypto", "PASSporT", "Certificates", asyncHTTPClient, nio, nioHTTP1, nioPosix, nioSSL],
            swiftSettings: house),
        .target(
            name: "ACME",
            dependencies: [
                "Jansson", "LibCrypto", "PASSporT", "Certificates", "CertificateRepository", asyncHTTPClient, nio,
                nioHTTP1, nioSSL,
            ], swiftSettings: house),
        .target(name: "TrunkProtocol", dependencies: ["Jansson", nio, nioPosix], swiftSettings: house),
        .target(
            name: "TrunkLink",
            dependencies: ["Jansson", "LibCrypto", "Certificates", "TrunkProtocol", nio, nioPosix, nioSSL],
            swiftSettings: house),
        .target(
            name: "Roaming", dependencies: ["Jansson", "NumberPlan", "Certificates", "Policy", "TrunkProtocol", nio],
            swiftSettings: house),
        .executableTarget(
            name: "countersignd",
            dependencies: [
                "NumberPlan", "LibCrypto", "PASSporT", "Certificates", "Ledger", "Policy", "Records", "Keys",
                "Originating", "Terminating", "CertificateRepository", "TrunkProtocol", "TrunkLink", "Statements",
                "Exchange", "Roaming", nio, nioPosix, argumentParser, logging, serviceLifecycle, systemPackage,
                unixSignals, yams,
            ], swiftSettings: house),

        .executableTarget(
            name: "countersign",
            dependencies: [
                "Jansson", "NumberPlan", "LibCrypto", "Certificates", "Ledger", "Keys", "PASSporT", "Policy", "Records",
                "Statements", "Exchange", "Originating", "Terminating", "CertificateRepository", "ACME",
                "TrunkProtocol",
                nioPosix,
                argumentParser, yams,
            ], path: "Tools/countersign", swiftSettings: house),

        .executableTarget(
            name: "bench",
            dependencies: [
                "LibCrypto", "NumberPlan", "PASSporT", "Certificates", "Exchange", "Ledger", "Records", "TrunkProtocol",
                "MiniPKI", nio, nioPosix, argumentParser, grdb,
            ], path: "Tools/bench", swiftSettings: house),

        // The tests' own PKI, in memory.
        .target(
            name: "MiniPKI", dependencies: ["Certificates", "LibCrypto"], path: "Tests/MiniPKI", swiftSettings: house),
        // A server of certificates that does what it should not.
        .target(
            name: "HostileRepository", dependencies: ["Certificates", "LibCrypto", "MiniPKI", nio, nioPosix, nioSSL],
            path: "Tests/HostileRepository", swiftSettings: house),
        // Tokens as anybody could write them.
        .target(name: "Forgery", dependencies: ["LibCrypto"], path: "Tests/Forgery", swiftSettings: house),

        // A token in software. Its module asks the environment, which is C's to set, hence no marks of memory safety.
        .target(name: "SoftToken", path: "Tests/SoftToken", swiftSettings: Array(house.dropFirst())),
        // Loaded by its name, as any module.
        .target(name: "SlowModule", path: "Tests/SlowModule", linkerSettings: [.linkedLibrary("dl")]),
        // Likewise, before all others.
        .target(name: "SkewedClock", path: "Tests/SkewedClock", linkerSettings: [.linkedLibrary("dl")]),

        .testTarget(name: "LibCryptoTests", dependencies: ["LibCrypto", "SoftToken"], swiftSettings: house),
        .testTarget(name: "JanssonTests", dependencies: ["Jansson"], swiftSettings: house),
        .testTarget(
            name: "NumberPlanTests", dependencies: ["NumberPlan"], exclude: ["countries.py", "libphonenumber.py"],
            resources: [.copy("Vectors")], swiftSettings: house),
        .testTarget(
            name: "PASSporTTests", dependencies: ["PASSporT", "LibCrypto", "NumberPlan", "Jansson", "Forgery"],
            resources: [.copy("Vectors")], swiftSettings: house),
        .testTarget(
            name: "PolicyTests", dependencies: ["Policy", "Ledger", "NumberPlan", "PASSporT"],
            resources: [.copy("Vectors")],
            swiftSettings: house),
        .testTarget(
            name: "OriginatingTests",
            dependencies: [
                "Originating", "PASSporT", "Certificates", "Ledger", "LibCrypto", "NumberPlan", "Policy", "MiniPKI",
                "Forgery",
            ], swiftSettings: house),
        .testTarget(
            name: "TerminatingTests",
            dependencies: [
                "Terminating", "PASSporT", "Certificates", "Ledger", "LibCrypto", "NumberPlan", "Policy", "MiniPKI",
                "Forgery",
            ], swiftSettings: house),
        .testTarget(
            name: "JudgeTests", dependencies: ["countersign"], resources: [.copy("Vectors")], swiftSettings: house),
        .testTarget(
            name: "ExplanationTests", dependencies: ["countersign", "Ledger", "NumberPlan", "Policy", "Records"],
            swiftSettings: house),
        .testTarget(
            name: "LedgerTests", dependencies: ["Ledger", "NumberPlan", "Forgery", grdb], swiftSettings: house),
        .testTarget(
            name: "RecordsTests", dependencies: ["Records", "Forgery", "Jansson", "LibCrypto", grdb],
            swiftSettings: house),
        .testTarget(
            name: "StatementsTests",
            dependencies: ["Statements", "Certificates", "Jansson", "LibCrypto", "MiniPKI", "PASSporT"],
            swiftSettings: house),
        .testTarget(
            name: "ExchangeTests",
            dependencies: [
                "Exchange", "Certificates", "Ledger", "LibCrypto", "MiniPKI", "NumberPlan", "Records", "Statements",
                grdb,
            ],
            swiftSettings: house),
        .testTarget(
            name: "KeysTests", dependencies: ["Keys", "Certificates", "LibCrypto", "MiniPKI", grdb],
            swiftSettings: house),
        .testTarget(
            name: "CertificatesTests",
            dependencies: ["Certificates", "NumberPlan", "LibCrypto", "Jansson", "MiniPKI", "PASSporT"],
            resources: [.copy("Vectors")], swiftSettings: house),
        .testTarget(
            name: "CertificateRepositoryTests",
            dependencies: [
                "CertificateRepository", "Certificates", "HostileRepository", "LibCrypto", "MiniPKI", nio, nioPosix,
                nioSSL,
            ],
            swiftSettings: house),
        .testTarget(
            name: "IssuingTests", dependencies: ["Certificates", "LibCrypto", "MiniPKI", "NumberPlan", yams],
            swiftSettings: house),
        .testTarget(
            name: "TrunkProtocolTests", dependencies: ["TrunkProtocol", "Jansson", nio, nioPosix, nioEmbedded],
            resources: [.copy("Wire")], swiftSettings: house),
        .testTarget(
            name: "TrunkLinkTests",
            dependencies: [
                "TrunkLink", "Certificates", "Exchange", "Jansson", "LibCrypto", "MiniPKI", "Statements",
                "TrunkProtocol",
                nio, nioPosix, nioSSL,
            ],
            swiftSettings: house),
        .testTarget(
            name: "RoamingTests",
            dependencies: [
                "Roaming", "Jansson", "NumberPlan", "Policy", "TrunkProtocol", nio, nioEmbedded, nioPosix,
            ], swiftSettings: house),
        // Runs the built daemon and tool.
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "CertificateRepository", "Certificates", "Exchange", "HostileRepository", "Jansson", "LibCrypto",
                "MiniPKI",
                "NumberPlan", "PASSporT", "Records", "SoftToken", "Statements", "TrunkLink", "TrunkProtocol", grdb, nio,
                nioPosix,
                nioSSL,
            ], swiftSettings: house),
    ],
    swiftLanguageModes: [.v6]
)

// A CA that issues over ACME and the authority whose tokens it takes, for the tests: both by other libraries than ours, which
// take longer to build than all else. What is built for a sanitizer does without.
if Context.environment["COUNTERSIGN_SANITIZED"] == nil {
    let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
    let jwtKit: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")
    let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")
    package.dependencies += [
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ]
    package.targets += [
        .target(
            name: "TokenCA",
            dependencies: [
                "Certificates", "LibCrypto", "MiniPKI", "HostileRepository", asn1, crypto, jwtKit, nio, nioHTTP1,
                nioPosix, nioSSL, x509,
            ], path: "Tests/TokenCA", swiftSettings: house),
        .testTarget(
            name: "ACMETests",
            dependencies: [
                "ACME", "TokenCA", "Certificates", "LibCrypto", "MiniPKI", "HostileRepository", asn1, crypto, nio,
                nioPosix, nioSSL, x509,
            ], swiftSettings: house),
    ]
    package.targets.first { $0.name == "EndToEndTests" }?.dependencies.append("TokenCA")
} else {
    package.targets.first { $0.name == "EndToEndTests" }?.exclude = ["ACMERotationTests.swift"]
}

// The fuzzers, which only their own build knows: Tools/fuzz. Their entry point has C's signature, so they do without the
// marks of memory safety, and libFuzzer brings the `main`.
if Context.environment["COUNTERSIGN_FUZZ"] != nil {
    func fuzzer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
        .executableTarget(
            name: name, dependencies: dependencies, path: "Tests/Fuzz/\(name)", swiftSettings: Array(house.dropFirst()))
    }
    package.targets += [
        fuzzer("FuzzCall", ["Certificates", "Ledger", "NumberPlan", "Policy", "Terminating"]),
        fuzzer("FuzzCertificate", ["Certificates", "Jansson", "LibCrypto"]),
        fuzzer(
            "FuzzConfiguration",
            ["Certificates", "LibCrypto", "NumberPlan", "Roaming", "Terminating", "TrunkProtocol", nio, yams]),
        fuzzer("FuzzEnvelope", ["TrunkProtocol"]),
        fuzzer("FuzzFrame", ["TrunkProtocol", nio]),
        fuzzer("FuzzIdentity", ["PASSporT"]),
        fuzzer(
            "FuzzLink",
            [
                "Certificates", "Jansson", "LibCrypto", "MiniPKI", "TrunkProtocol", nio, nioEmbedded, nioPosix, nioSSL,
            ]),
        fuzzer("FuzzNumber", ["NumberPlan"]),
        fuzzer("FuzzPlan", ["NumberPlan"]),
        fuzzer("FuzzRequest", ["Certificates"]),
        fuzzer("FuzzRevocationList", ["LibCrypto"]),
        fuzzer("FuzzRoamingList", ["NumberPlan", "Policy", "Roaming"]),
        fuzzer(
            "FuzzStatement",
            ["Certificates", "Exchange", "Jansson", "LibCrypto", "MiniPKI", "PASSporT", "Statements"]),
        fuzzer("FuzzTNAuthList", ["Certificates", "NumberPlan"]),
        fuzzer("FuzzToken", ["PASSporT"]),
        fuzzer("FuzzTrustList", ["Certificates", "LibCrypto", "MiniPKI", "PASSporT"]),
        fuzzer("FuzzSeeds", ["Certificates", "Jansson", "LibCrypto", "MiniPKI", "NumberPlan", "PASSporT"]),
    ]
}
