import Foundation

/// The part of a page that a tool writes, between two marks.
package enum GeneratedPart {
    /// Replaces what stands between the marks of `tool`; where there are none, adds the part at the page's end.
    package static func write(_ text: String, by tool: String, into path: String) throws {
        let beginning = "<!-- begin: written by \(tool) -->\n"
        let end = "<!-- end: written by \(tool) -->\n"
        let old = try String(contentsOfFile: path, encoding: .utf8)
        let part = beginning + text + "\n" + end
        let new: String
        if let start = old.range(of: beginning), let stop = old.range(of: end), start.upperBound <= stop.lowerBound {
            new = old.replacingCharacters(in: start.lowerBound..<stop.upperBound, with: part)
        } else {
            new = old + "\n" + part
        }
        try new.write(toFile: path, atomically: true, encoding: .utf8)
    }
}
