import Glibc
import TestSupport

/// Draws numbers from 0 up by their weights.
struct Draw {
    private let sums: [Double]

    init(weights: [Double]) {
        var sum = 0.0
        sums = weights.map { weight in
            sum += weight
            return sum
        }
    }

    func draw(_ random: inout SeededRandom) -> Int {
        let place = random.unit() * sums[sums.count - 1]
        var low = 0
        var high = sums.count - 1
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > place { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// A number of the log-normal distribution with that median, its normal drawn by Box and Muller.
func logNormal(median: Double, deviation: Double, _ random: inout SeededRandom) -> Double {
    let first = 1 - random.unit()
    let normal = (-2 * log(first)).squareRoot() * cos(2 * .pi * random.unit())
    return median * exp(deviation * normal)
}

extension SeededRandom {
    /// A number from 0 up to, and without, 1.
    mutating func unit() -> Double { Double(next() >> 11) / Double(1 << 53) }
    mutating func chance(_ share: Double) -> Bool { unit() < share }
}
