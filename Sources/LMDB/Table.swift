import CLMDB

/// A named table of an environment: keys in order, each with one value.
///
/// Good for as long as its environment is, in any transaction begun after the one that opened it has committed.
package struct Table: Sendable {
    /// What a table has for keys, and so their order.
    package enum Keys: Sendable {
        /// Bytes, in the order of bytes.
        case bytes
        /// `UInt64` as this machine has them in memory, in the order of numbers: found in half the time.
        case numbers
    }

    let handle: MDB_dbi
    package let name: String
}

extension MDB_val {
    /// Calls `body` with LMDB's description of the bytes, which it only reads.
    static func lending<Result>(_ bytes: RawSpan, _ body: (inout MDB_val) -> Result) -> Result {
        bytes.withUnsafeBytes { buffer in
            var value = MDB_val(mv_size: buffer.count, mv_data: UnsafeMutableRawPointer(mutating: buffer.baseAddress))
            return body(&value)
        }
    }

    /// The bytes in the map, good until the transaction ends or writes.
    var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: mv_data, count: mv_size) }
}
