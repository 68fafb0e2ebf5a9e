// swift-tools-version: 6.3
import PackageDescription

// One settings array for every Swift target: strict module boundaries, explicit existentials. A release has no warnings of ours;
// those of dependencies are theirs.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error, .when(configuration: .release)),
]

/// A Swift library target of the package.
@MainActor func module(_ name: String, _ path: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: settings)
}

/// The tests of one module.
@MainActor func tests(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: path ?? "Tests/\(name)", swiftSettings: settings)
}

/// A C library that Debian provides. The module map links it; pkg-config only adds search paths.
func debian(_ name: String, pkgConfig: String, package: String) -> Target {
    .systemLibrary(name: name, path: "Sources/\(name)", pkgConfig: pkgConfig, providers: [.apt([package])])
}

/// Our own C over libcrypto.
func crypto(_ name: String) -> Target {
    .target(name: name, path: "Sources/\(name)", linkerSettings: [.linkedLibrary("crypto")])
}

let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let toml = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "tamga",
    products: [
        .executable(name: "tamga", targets: ["tamga"]),
        // For tools/Bench, which is a package of its own.
        .library(
            name: "TamgaLedger", targets: ["LedgerMerkle", "LedgerTransparency", "LedgerStorage", "LedgerEngine"]),
        .library(name: "TamgaFiling", targets: ["CanonicalJSON", "Evidence", "Receipts", "Filing"]),
    ],
    dependencies: [
        // Without traits: configuration comes from the command line, not from Hummingbird's readers.
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
    ],
    targets: [
        debian("COpenSSL", pkgConfig: "libcrypto", package: "libssl-dev"),
        debian("CXXHash", pkgConfig: "libxxhash", package: "libxxhash-dev"),
        debian("CLZ4", pkgConfig: "liblz4", package: "liblz4-dev"),
        debian("CZLib", pkgConfig: "zlib", package: "zlib1g-dev"),
        debian("CZip", pkgConfig: "libzip", package: "libzip-dev"),
        debian("CExpat", pkgConfig: "expat", package: "libexpat1-dev"),
        // Mail, over Debian's libcurl.
        .target(name: "CMail", path: "Sources/CMail", linkerSettings: [.linkedLibrary("curl")]),
        crypto("CSHA256"),
        crypto("CCMS"),
        // Keys in tokens: PKCS #11 modules, loaded at run time.
        .target(name: "CPKCS11", path: "Sources/CPKCS11", linkerSettings: [.linkedLibrary("dl")]),
        // seeds/tables, built in.
        .target(name: "CTables", path: "Sources/CTables"),
        // The description of the HTTP interfaces, built in.
        .target(name: "COpenAPI", path: "Sources/COpenAPI", exclude: ["openapi.json"]),

        // The ledger core: knows nothing of deeds, receipts or HTTP.
        module("LedgerMerkle", "Ledger/Merkle", ["CSHA256"]),
        module("LedgerTransparency", "Ledger/Transparency", ["LedgerMerkle", "COpenSSL"]),
        module("LedgerStorage", "Ledger/Storage", ["LedgerMerkle", "CXXHash", "CLZ4"]),
        module("LedgerEngine", "Ledger/Engine", ["LedgerStorage", "LedgerTransparency", "LedgerMerkle"]),

        // The verifier: no storage, no network.
        module("Catalogue", "Sources/Catalogue"),
        module("CanonicalJSON", "Sources/CanonicalJSON"),
        module("Evidence", "Sources/Evidence", ["LedgerTransparency", "LedgerMerkle", "Catalogue", "CanonicalJSON"]),

        // The two domains.
        module("Receipts", "Sources/Receipts", ["CTables", "Evidence", "CanonicalJSON", "Catalogue", "LedgerMerkle"]),
        module("Signatures", "Sources/Signatures", ["CCMS", "CPKCS11", "CZLib", "Catalogue"]),
        module("Deeds", "Sources/Deeds", ["Evidence", "Signatures", "CanonicalJSON", "Catalogue", "LedgerMerkle"]),

        // Tables that people hand in.
        module("Sheets", "Sources/Sheets", ["CZip", "CExpat", "Catalogue"]),

        // What is filed, who may file it, and how it is served.
        module(
            "Filing", "Sources/Filing",
            [
                "Receipts", "Deeds", "Signatures", "Evidence", "CanonicalJSON", "Catalogue", "LedgerEngine",
                "LedgerStorage",
                "LedgerTransparency", "LedgerMerkle", "CXXHash", "COpenSSL",
            ]),
        module("Registry", "Sources/Registry", [grdb]),
        module(
            "Service", "Sources/Service",
            [
                "Filing", "Registry", "Receipts", "Deeds", "Signatures", "Evidence", "CanonicalJSON", "Catalogue",
                "LedgerEngine", "LedgerStorage", "LedgerTransparency", "LedgerMerkle", "CZLib", "COpenAPI", "CMail",
                "Sheets",
                hummingbird,
                hummingbirdTLS, nioSSL,
                httpClient,
                logging,
                lifecycle, signals,
            ]),
        .executableTarget(
            name: "tamga",
            dependencies: [
                "Service", "Filing", "Registry", "Receipts", "Deeds", "Signatures", "Evidence", "CanonicalJSON",
                "Catalogue",
                "LedgerEngine", "LedgerStorage", "LedgerTransparency", "LedgerMerkle", "COpenSSL", "Sheets", arguments,
                logging, toml,
            ],
            path: "Sources/tamga", swiftSettings: settings),

        tests("LedgerMerkleTests", ["LedgerMerkle"]),
        tests("LedgerTransparencyTests", ["LedgerTransparency", "LedgerMerkle"]),
        tests("LedgerStorageTests", ["LedgerStorage", "LedgerMerkle"]),
        tests("LedgerEngineTests", ["LedgerEngine", "LedgerStorage", "LedgerTransparency", "LedgerMerkle"]),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["LedgerEngine", "LedgerStorage", "LedgerTransparency", "LedgerMerkle"],
            path: "Tests/Simulation", exclude: ["BUGS.md"], swiftSettings: settings),
        tests("CatalogueTests", ["Catalogue"]),
        tests("CanonicalJSONTests", ["CanonicalJSON"]),
        tests("EvidenceTests", ["Evidence", "LedgerTransparency", "LedgerMerkle", "Catalogue", "CanonicalJSON"]),
        tests("ReceiptsTests", ["Receipts", "Evidence", "CanonicalJSON", "Catalogue", "LedgerMerkle"]),
        tests("SignaturesTests", ["Signatures", "Catalogue"]),
        tests("SheetsTests", ["Sheets", "Catalogue", "CZip"]),
        tests("DeedsTests", ["Deeds", "Evidence", "Signatures", "CanonicalJSON", "Catalogue", "LedgerMerkle"]),
        tests(
            "FilingTests",
            [
                "Filing", "Receipts", "Deeds", "Signatures", "Evidence", "CanonicalJSON", "Catalogue", "LedgerEngine",
                "LedgerStorage", "LedgerTransparency", "LedgerMerkle",
            ]),
        tests("RegistryTests", ["Registry"]),
        tests(
            "ServiceTests",
            [
                "Service", "Filing", "Registry", "Receipts", "Catalogue", "CanonicalJSON", "LedgerEngine",
                "LedgerStorage", "Signatures", hummingbird, logging, lifecycle, nioEmbedded,
            ]),
        tests("ConformanceTests", ["LedgerTransparency", "LedgerMerkle"], path: "Tests/Conformance/Vectors"),
    ],
    swiftLanguageModes: [.v6]
)
