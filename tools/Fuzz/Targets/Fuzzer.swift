import Glibc

/// A parser under test: bytes in, nothing out.
///
/// What the parser throws is its good right. What it must never do is trap, run off its buffer, hang, or break the promise that
/// the closure checks with `require`.
struct FuzzTarget: Sendable {
    /// Also the name of its folder of seeds.
    let name: String
    let run: @Sendable ([UInt8]) throws -> Void

    init(_ name: String, _ run: @escaping @Sendable ([UInt8]) throws -> Void) {
        self.name = name
        self.run = run
    }
}

/// Every target. A new area adds its table here.
let allTargets =
    storageTargets + segmentTargets + indexTargets + keyTargets + parityTargets + engineTargets + merkleTargets
    + transparencyTargets + evidenceTargets + jsonTargets + receiptTargets + deedTargets + sheetTargets + filingTargets
    + documentTargets

/// Stops the run: the input breaks a promise.
func require(_ condition: Bool, _ promise: @autoclosure () -> String) {
    if !condition { fatalError("broken promise: \(promise())") }
}

/// The target that TAMGA_FUZZ_TARGET names; "list" prints all names and ends.
private let chosen: FuzzTarget = {
    let name = getenv("TAMGA_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    if name == "list" {
        for target in allTargets { print(target.name) }
        exit(0)
    }
    guard let target = allTargets.first(where: { $0.name == name }) else {
        print("TAMGA_FUZZ_TARGET names no target: \"\(name)\"")
        exit(2)
    }
    return target
}()

@_cdecl("LLVMFuzzerInitialize")
public func fuzzerInitialize(_: UnsafeMutableRawPointer?, _: UnsafeMutableRawPointer?) -> CInt {
    _ = chosen
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzerTestOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // A copy of exactly these bytes: the sanitizer sees a read past their end.
    try? chosen.run(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
