// swift-tools-version: 6.2
import PackageDescription

/// The language the whole package is written in: Swift 6 mode, every warning an error, and async methods of
/// connection classes staying on the loop that called them (see `Sources/Gateway/Gateway.docc/Architecture.md`).
let language: [SwiftSetting] = [
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
    // The compiler proves exclusivity where it can; the run-time checks of the rest cost 17 % of the
    // instructions of a request, so only debug builds, which run every test, have them.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
    // One file to ship: the compiler must know of it too, to name the libraries that Foundation's archive needs.
    .unsafeFlags(["-static-stdlib"], .when(configuration: .release)),
]

/// The tests of parsers under mutated inputs; with FUZZ set, as `make fuzz` does, the same sources as a program for
/// libFuzzer, which brings the `main`.
let fuzzTests: Target =
    Context.environment["FUZZ"] == nil
    ? .testTarget(
        name: "FuzzTests",
        dependencies: ["HTTP", "Gateway", "Metrics", "Routing", "Tokens", "Compression", "TestSupport"],
        exclude: ["Corpus", "Fuzz.swift"],
        swiftSettings: language)
    : .executableTarget(
        name: "fuzz", dependencies: ["HTTP", "Gateway", "Metrics", "Routing", "Tokens", "Compression", "TestSupport"],
        path: "Tests/FuzzTests",
        exclude: ["Corpus", "FuzzTests.swift"], swiftSettings: language,
        linkerSettings: [.unsafeFlags(["-static-stdlib"], .when(configuration: .release))])

let package = Package(
    name: "gateway",
    products: [.executable(name: "gateway", targets: ["GatewayMain"])],
    targets: [
        .systemLibrary(name: "CSystem"),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),

        .target(name: "Platform", dependencies: ["CSystem"], swiftSettings: language),
        .target(
            name: "HTTP", dependencies: ["Platform", "CSystem", "CCurl", "COpenSSL"], swiftSettings: language),
        .target(name: "LMDB", dependencies: ["Platform", "CLMDB"], swiftSettings: language),
        .target(name: "Routing", swiftSettings: language),
        .target(name: "Tokens", swiftSettings: language),
        .target(name: "Compression", dependencies: ["Tokens"], swiftSettings: language),
        .target(name: "Cache", dependencies: ["Platform", "LMDB", "COpenSSL"], swiftSettings: language),
        .target(name: "Metrics", dependencies: ["Platform", "LMDB"], swiftSettings: language),
        .target(
            name: "Gateway",
            dependencies: [
                "Platform", "HTTP", "LMDB", "Routing", "Tokens", "Compression", "Cache", "Metrics", "CSystem",
            ],
            exclude: ["Gateway.docc"],
            swiftSettings: language),
        .executableTarget(
            name: "GatewayMain", dependencies: ["Gateway"], swiftSettings: language,
            linkerSettings: [.unsafeFlags(["-static-stdlib"], .when(configuration: .release))]),

        .target(
            name: "TestSupport", dependencies: ["Gateway", "HTTP", "Metrics", "Platform", "Routing", "CSystem"],
            path: "Tests/Support",
            swiftSettings: language),
        .executableTarget(
            name: "routing-bench", dependencies: ["Gateway", "Routing", "Platform", "TestSupport"],
            path: "Tests/Benchmarks/Routing", swiftSettings: language,
            linkerSettings: [.unsafeFlags(["-static-stdlib"], .when(configuration: .release))]),
        .testTarget(name: "HTTPTests", dependencies: ["HTTP", "TestSupport", "Platform"], swiftSettings: language),
        fuzzTests,
        .executableTarget(
            name: "compression-bench", dependencies: ["Compression", "Gateway", "HTTP", "TestSupport", "Tokens"],
            path: "Tests/Benchmarks/Compression", swiftSettings: language,
            linkerSettings: [.unsafeFlags(["-static-stdlib"], .when(configuration: .release))]),
        .executableTarget(
            name: "cache-bench", dependencies: ["Cache", "LMDB", "Platform", "TestSupport"],
            path: "Tests/Benchmarks/CacheBench",
            swiftSettings: language,
            linkerSettings: [.unsafeFlags(["-static-stdlib"], .when(configuration: .release))]),
        .testTarget(
            name: "TokensTests", dependencies: ["Tokens", "TestSupport"], exclude: ["reference.py"],
            swiftSettings: language),
        .executableTarget(
            name: "cache-day", dependencies: ["Cache", "Platform", "TestSupport"], path: "Tests/Benchmarks/CacheDay",
            swiftSettings: language, linkerSettings: [.unsafeFlags(["-static-stdlib"], .when(configuration: .release))]),
        .testTarget(name: "RoutingTests", dependencies: ["Routing"], swiftSettings: language),
        .testTarget(
            name: "CompressionTests", dependencies: ["Compression", "Gateway", "HTTP", "TestSupport"],
            exclude: ["ast_equality.py"], swiftSettings: language),
        .testTarget(
            name: "CacheTests", dependencies: ["Cache", "LMDB", "Platform", "TestSupport"], swiftSettings: language),
        .testTarget(
            name: "MetricsTests", dependencies: ["Metrics", "LMDB", "Platform", "TestSupport"], swiftSettings: language),
        .testTarget(
            name: "GatewayTests",
            dependencies: ["Gateway", "Metrics", "HTTP", "Platform", "Routing", "Tokens", "TestSupport"],
            swiftSettings: language),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["Gateway", "GatewayMain", "HTTP", "Metrics", "TestSupport"],
            exclude: ["sdk"], swiftSettings: language),
    ],
    swiftLanguageModes: [.v6]
)
