// swift-tools-version: 6.3
import PackageDescription

// A package of its own, so that ordinary builds never see it and it fetches nothing: the modules that read bytes from disk or
// network, through the links beside this file, and one program that feeds them. Built by tools/fuzz, with libFuzzer.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A module of the product.
@MainActor func module(_ name: String, _ path: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: settings)
}

let modules = [
    module("LedgerMerkle", "Ledger/Merkle", ["CSHA256"]),
    module("LedgerTransparency", "Ledger/Transparency", ["LedgerMerkle", "COpenSSL"]),
    module("LedgerStorage", "Ledger/Storage", ["LedgerMerkle", "CXXHash", "CLZ4"]),
    module("LedgerEngine", "Ledger/Engine", ["LedgerStorage", "LedgerTransparency", "LedgerMerkle"]),
    module("Catalogue", "Sources/Catalogue"),
    module("CanonicalJSON", "Sources/CanonicalJSON"),
    module("Evidence", "Sources/Evidence", ["LedgerTransparency", "LedgerMerkle", "Catalogue", "CanonicalJSON"]),
    module("Receipts", "Sources/Receipts", ["CTables", "Evidence", "CanonicalJSON", "Catalogue", "LedgerMerkle"]),
    module("Signatures", "Sources/Signatures", ["CCMS", "CPKCS11", "CZLib", "Catalogue"]),
    module("Sheets", "Sources/Sheets", ["CZip", "CExpat", "Catalogue"]),
    module("Deeds", "Sources/Deeds", ["Evidence", "Signatures", "CanonicalJSON", "Catalogue", "LedgerMerkle"]),
    module(
        "Filing", "Sources/Filing",
        [
            "Receipts", "Deeds", "Signatures", "Evidence", "CanonicalJSON", "Catalogue", "LedgerEngine",
            "LedgerStorage",
            "LedgerTransparency", "LedgerMerkle", "CXXHash", "COpenSSL",
        ]),
]

let package = Package(
    name: "tamga-fuzz",
    targets: [
        .systemLibrary(name: "COpenSSL", path: "Sources/COpenSSL", pkgConfig: "libcrypto"),
        .systemLibrary(name: "CXXHash", path: "Sources/CXXHash", pkgConfig: "libxxhash"),
        .systemLibrary(name: "CLZ4", path: "Sources/CLZ4", pkgConfig: "liblz4"),
        .systemLibrary(name: "CZip", path: "Sources/CZip", pkgConfig: "libzip"),
        .systemLibrary(name: "CExpat", path: "Sources/CExpat", pkgConfig: "expat"),
        .systemLibrary(name: "CZLib", path: "Sources/CZLib", pkgConfig: "zlib"),
        .target(name: "CSHA256", path: "Sources/CSHA256", linkerSettings: [.linkedLibrary("crypto")]),
        .target(name: "CCMS", path: "Sources/CCMS", linkerSettings: [.linkedLibrary("crypto")]),
        .target(name: "CPKCS11", path: "Sources/CPKCS11", linkerSettings: [.linkedLibrary("dl")]),
        .target(name: "CTables", path: "Sources/CTables"),
        .executableTarget(
            name: "tamga-fuzz", dependencies: modules.map { .byName(name: $0.name) }, path: "Targets",
            swiftSettings: settings),
    ] + modules,
    swiftLanguageModes: [.v6]
)
