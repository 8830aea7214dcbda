import Foundation

// Simulates a day of traffic for several `cache.ttl_s` and `cache.max_bytes`, and writes what they come to into the part of
// a page between two marks:
//
//     cache-day docs/cache.md

guard CommandLine.arguments.count == 2 else {
    FileHandle.standardError.write(Data("usage: cache-day PAGE (docs/cache.md)\n".utf8))
    exit(64)
}
let page = CommandLine.arguments[1]
let traffic = Traffic()
var results: [[Simulation]] = []
for (name, ttl) in DayTables.ttls {
    results.append(
        try DayTables.sizes.map { size in
            let result = try Simulation(of: traffic, ttl: ttl, maxBytes: size << 20)
            let total = result.total
            print("\(name), \(size) MB: \(total.hits) of \(total.requests)")
            return result
        })
}
try DayTables(results: results).write(into: page)
