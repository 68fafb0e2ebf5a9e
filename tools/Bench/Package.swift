// swift-tools-version: 6.3
import PackageDescription

// A package of its own, so that no ordinary build or test of Tamga sees the baselines or waits for them.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// tools/bench sets it where libpq's headers cannot be had: PostgreSQL is then skipped by name.
let hasPostgreSQL = Context.environment["TAMGA_BENCH_WITHOUT_POSTGRESQL"] == nil

/// A library that Debian provides.
func debian(_ name: String, pkgConfig: String, package: String) -> Target {
    .systemLibrary(name: name, path: "Sources/\(name)", pkgConfig: pkgConfig, providers: [.apt([package])])
}

let package = Package(
    name: "tamga-bench",
    products: [.executable(name: "tamga-bench", targets: ["TamgaBench"])],
    dependencies: [
        .package(name: "tamga", path: "../.."),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    ],
    targets: [
        debian("CSQLite", pkgConfig: "sqlite3", package: "libsqlite3-dev")
    ] + (hasPostgreSQL ? [debian("CPostgreSQL", pkgConfig: "libpq", package: "libpq-dev")] : []) + [
        .executableTarget(
            name: "TamgaBench",
            dependencies: [
                .product(name: "TamgaLedger", package: "tamga"),
                .product(name: "TamgaFiling", package: "tamga"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                "CSQLite",
            ] + (hasPostgreSQL ? ["CPostgreSQL"] : []),
            swiftSettings: settings)
    ],
    swiftLanguageModes: [.v6]
)
