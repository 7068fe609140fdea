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

let package = Package(
    name: "countersign",
    targets: [
        .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CJansson", pkgConfig: "jansson", providers: [.apt(["libjansson-dev"])]),
        .target(name: "LibCrypto", dependencies: ["CLibCrypto"], swiftSettings: house),
        .target(name: "Jansson", dependencies: ["CJansson"], swiftSettings: house),
        .target(name: "NumberPlan", swiftSettings: house),
        .target(name: "PASSporT", dependencies: ["NumberPlan", "Jansson", "LibCrypto"], swiftSettings: house),
        .testTarget(name: "LibCryptoTests", dependencies: ["LibCrypto"], swiftSettings: house),
        .testTarget(name: "JanssonTests", dependencies: ["Jansson"], swiftSettings: house),
        .testTarget(name: "NumberPlanTests", dependencies: ["NumberPlan"], resources: [.copy("Vectors")], swiftSettings: house),
        .testTarget(name: "PASSporTTests", dependencies: ["PASSporT", "LibCrypto", "NumberPlan", "Jansson"], swiftSettings: house),
    ],
    swiftLanguageModes: [.v6]
)
