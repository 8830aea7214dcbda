import HTTP
import Metrics

/// Values of the ledger as header text, written where they go: no text of their own is made for each answer.
extension ByteBuffer {
    mutating func append(_ id: RecordID) {
        reserve(36)
        id.write(to: spare)
        commit(36)
    }

    /// The exact amount in dollars.
    mutating func append(_ amount: PicoDollars) {
        reserve(PicoDollars.usdLengthLimit)
        commit(amount.writeUSD(to: spare))
    }

    /// Milliseconds with three decimals.
    mutating func append(millisecondsOf nanoseconds: UInt64) {
        let microseconds = Int(clamping: nanoseconds / 1000)
        append(decimal: microseconds / 1000)
        let fraction = microseconds % 1000
        append(fraction < 10 ? ".00" : fraction < 100 ? ".0" : ".")
        append(decimal: fraction)
    }
}
