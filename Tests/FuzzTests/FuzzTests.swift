import Foundation
import TestSupport
import Testing

/// The short run: the inputs that once broke something, and mutations that are the same in every run. `make fuzz` has
/// the long ones.
struct FuzzTests {
    @Test(arguments: FuzzTarget.all) func `no mutation of its inputs breaks what holds of a parser`(target: FuzzTarget)
    {
        let mutator = Mutator(target)
        var random = SeededRandom(9112)
        let count = 10_000
        var accepted = 0
        for _ in 0..<count {
            let input = mutator.input(&random)
            do throws(FuzzTarget.Violation) {
                if try target.check(input) { accepted += 1 }
            } catch {
                Issue.record("\(input.shown): \(error)")
                return
            }
        }
        // Mutations so wild that none is accepted would prove nothing about those that are.
        #expect(accepted > count / 100)
        #expect(target.name == "json-splice" || accepted < count)
    }

    @Test(arguments: FuzzTarget.all) func `what holds of a parser holds of its seeds, and of what was found`(
        target: FuzzTarget
    ) throws {
        for input in try target.seeds.map({ Array($0.utf8) }) + found(for: target) {
            do throws(FuzzTarget.Violation) {
                _ = try target.check(input)
            } catch {
                Issue.record("\(input.shown): \(error)")
            }
        }
    }

    /// The inputs of `Corpus/NAME`.
    private func found(for target: FuzzTarget) throws -> [[UInt8]] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Corpus/\(target.name)")
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }.map { Array(try Data(contentsOf: $0)) }
    }
}

extension FuzzTarget: CustomTestStringConvertible {
    var testDescription: String { name }
}
