import Glibc

/// `cache-bench`: the cache's module alone, as `tools/bench-cache` and the tests of what a crash leaves drive it.
///
///     cache-bench writer DIRECTORY COUNT BODY_BYTES MAX_BYTES PER_SECOND   what a stored answer costs
///     cache-bench fill DIRECTORY COUNT BODY_BYTES MAX_BYTES               look-up time as a cache grows
///     cache-bench mixed DIRECTORY BYTES MAX_BYTES                         sizes from 100 B to 8 MB under a limit
///     cache-bench purge DIRECTORY COUNT                                   a purge by deal beside look-ups
///     cache-bench churn DIRECTORY SEED                                    stores and removes until it kills itself
///     cache-bench check DIRECTORY ROUND                                   whether what that left is right
///
/// Each writes its findings as a line of JSON; the exit code is 1 where something is wrong.
func run(_ words: [String]) throws -> Int32 {
    func number(_ place: Int) -> Int? { words.count > place ? Int(words[place]) : nil }
    guard words.count >= 3 else { return usage() }
    let directory = words[2]
    mkdir(directory, 0o700)
    switch words[1] {
    case "writer":
        guard let count = number(3), let bytes = number(4), let limit = number(5), let rate = number(6) else { break }
        return try WriterCost(count: count, bodyBytes: bytes, maxBytes: limit, perSecond: rate).measure(directory)
    case "fill":
        guard let count = number(3), let bytes = number(4), let limit = number(5) else { break }
        return try Fill(count: count, bodyBytes: bytes, maxBytes: limit).measure(directory)
    case "mixed":
        guard let bytes = number(3), let limit = number(4) else { break }
        return try MixedSizes(bytes: bytes, maxBytes: limit).measure(directory)
    case "purge":
        guard let count = number(3) else { break }
        return try PurgeCost(count: count).measure(directory)
    case "churn":
        guard let seed = number(3) else { break }
        try Churn(seed: UInt64(seed)).run(directory)
    case "check":
        guard let round = number(3) else { break }
        return try ChurnCheck(round: round).run(directory)
    default: break
    }
    return usage()
}

func usage() -> Int32 {
    say("usage: cache-bench writer|fill|mixed|purge|churn|check DIRECTORY ...")
    return 64
}

exit(try run(CommandLine.arguments))
