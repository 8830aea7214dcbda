/// What a model's tokens cost, in pico-dollars each.
package struct TokenPrice: Sendable, Equatable {
    package let input: Int64
    package let output: Int64
    /// Input above which the whole call costs `longInput` and `longOutput` a token; nil where it never does.
    package let longAbove: Int?
    package let longInput: Int64
    package let longOutput: Int64

    package init(input: Int64, output: Int64, longAbove: Int? = nil, longInput: Int64 = 0, longOutput: Int64 = 0) {
        self.input = input
        self.output = output
        self.longAbove = longAbove
        self.longInput = longInput
        self.longOutput = longOutput
    }

    /// The cost of a call in pico-dollars; the largest number where it would be more.
    package func cost(input inputTokens: Int, output outputTokens: Int) -> Int64 {
        let isLong = longAbove.map { inputTokens > $0 } ?? false
        let (first, firstOverflows) = Int64(max(inputTokens, 0)).multipliedReportingOverflow(
            by: isLong ? longInput : input)
        let (second, secondOverflows) = Int64(max(outputTokens, 0)).multipliedReportingOverflow(
            by: isLong ? longOutput : output)
        let (sum, overflows) = first.addingReportingOverflow(second)
        return firstOverflows || secondOverflows || overflows ? .max : sum
    }
}
