import Foundation
import TestSupport

/// The program of `tools/fuzz`.
///
/// `--targets` lists the parsers, `--target=NAME` says which one. With `--seeded=COUNT` that many mutations are checked and measured; without, the
/// command line is libFuzzer's, for which `--seeds=FOLDER` writes the target's seeds and words.
@main
enum Fuzz {
    static let target: FuzzTarget = {
        let name = option("target") ?? ""
        guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
            stop("--target is one of \(FuzzTarget.all.map(\.name).joined(separator: ", "))", code: 64)
        }
        return target
    }()
    static let mutator = Mutator(target)

    static func main() {
        if CommandLine.arguments.contains("--targets") {
            print(FuzzTarget.all.map(\.name).joined(separator: "\n"))
            exit(0)
        }
        if let count = option("seeded").flatMap(Int.init) { checkSeeded(count) }
        if let folder = option("seeds") { writeSeeds(to: folder) }
        var count = CommandLine.argc
        var arguments = CommandLine.unsafeArgv
        exit(runLibFuzzer(&count, &arguments, testOneInput))
    }

    /// Checks `count` mutations and ends the program: 1 when one breaks an invariant, takes 3 s, or memory grows by 8 MB
    /// after the first tenth.
    private static func checkSeeded(_ count: Int) -> Never {
        var random = SeededRandom(option("random").flatMap(UInt64.init) ?? UInt64(count))
        var accepted = 0
        var longest = Duration.zero
        var settled = residentKilobytes()
        let clock = ContinuousClock()
        let start = clock.now
        var before = start
        for done in 0..<count {
            let input = mutator.input(&random)
            do throws(FuzzTarget.Violation) {
                if try target.check(input) { accepted += 1 }
            } catch {
                stop("\(target.name): \(error): \(input.shown)", code: 1)
            }
            let now = clock.now
            longest = max(longest, now - before)
            before = now
            if done == count / 10 { settled = residentKilobytes() }
        }
        let seconds = (clock.now - start) / .seconds(1)
        let growth = max(0, residentKilobytes() - settled)
        let figures =
            "\(target.name): \(count) inputs, \(accepted) accepted, \(Int(Double(count) / seconds))/s, "
            + "longest \(Int(longest / .milliseconds(1))) ms, memory +\(growth) KB\n"
        FileHandle.standardOutput.write(Data(figures.utf8))
        exit(longest < .seconds(3) && growth <= 8192 ? 0 : 1)
    }

    /// Writes the target's seeds as files, and its words as libFuzzer's dictionary.
    private static func writeSeeds(to folder: String) {
        let words = target.words.enumerated().map { index, word in
            "w\(index)=\"\(word.utf8.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())\"\n"
        }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for (index, seed) in target.seeds.enumerated() {
                try Data(seed.utf8).write(to: URL(fileURLWithPath: "\(folder)/seed-\(index)"))
            }
            try Data(words.joined().utf8).write(to: URL(fileURLWithPath: "\(folder).dict"))
        } catch { stop("\(folder): \(error)", code: 1) }
    }

    private static func residentKilobytes() -> Int {
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
        return (pages.flatMap { $0.count > 1 ? Int($0[1]) : nil } ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) / 1024
    }

    /// The value of `--NAME=VALUE` on the command line; libFuzzer passes by what begins with two dashes.
    private static func option(_ name: String) -> String? {
        CommandLine.arguments.first { $0.hasPrefix("--\(name)=") }.map { String($0.dropFirst(name.count + 3)) }
    }

    private static func stop(_ message: String, code: Int32) -> Never {
        FileHandle.standardError.write(Data("\(message)\n".utf8))
        exit(code)
    }
}

private func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    do throws(FuzzTarget.Violation) {
        _ = try Fuzz.target.check(input)
    } catch {
        // A trap is what libFuzzer notices, keeps the input of and makes smaller.
        fatalError("\(Fuzz.target.name): \(error): \(input.shown)")
    }
    return 0
}

/// Half of the mutations are libFuzzer's, half those that know the parser's words.
@_cdecl("LLVMFuzzerCustomMutator")
func mutateForLibFuzzer(_ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int, _ limit: Int, _ seed: UInt32) -> Int {
    var random = SeededRandom(UInt64(seed))
    guard let bytes, random.below(2) == 0 else { return mutateByLibFuzzer(bytes, count, limit) }
    var input = Array(UnsafeBufferPointer(start: bytes, count: count))
    for _ in 0...random.below(3) { Fuzz.mutator.change(&input, &random) }
    let changed = input.prefix(limit)
    for (offset, byte) in changed.enumerated() { bytes[offset] = byte }
    return changed.count
}

// libFuzzer has no header for its own functions; pointers and words are passed alike by C and Swift.
@_silgen_name("LLVMFuzzerRunDriver")
private func runLibFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

@_silgen_name("LLVMFuzzerMutate")
private func mutateByLibFuzzer(_ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int, _ limit: Int) -> Int
