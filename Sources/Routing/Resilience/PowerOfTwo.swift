/// Spreads calls over providers of the same model: of two taken at random, the one with less to do.
///
/// Always taking the best of all would send everybody to the same one until the next measurement.
package enum PowerOfTwo {
    /// The place of the choice among `providers`; nil when there is none.
    ///
    /// What one has to do is its calls in flight, and one more, times how long it takes to answer.
    ///
    /// - Parameter random: Uniform.
    package static func choose(_ providers: [ProviderHealth], random: UInt64) -> Int? {
        guard providers.count > 1 else { return providers.isEmpty ? nil : 0 }
        let count = UInt64(providers.count)
        let first = Int((random >> 32) % count)
        // Another one, each with the same chance.
        let second = (first + 1 + Int((random & 0xFFFF_FFFF) % (count - 1))) % providers.count
        return load(providers[second]) < load(providers[first]) ? second : first
    }

    private static func load(_ provider: ProviderHealth) -> Double {
        Double(provider.inFlight + 1) * Double(max(provider.latency, 1))
    }
}
