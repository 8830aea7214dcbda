/// Blocks of memory that a loop's buffers take while they hold something, and give back before they wait.
///
/// What waits for bytes holds no memory for them: most connections and streams wait most of the time.
package final class BlockPool {
    /// Bytes of a block: what one read asks for.
    package static let blockBytes = 16384
    /// Blocks kept for the next buffer; beyond, they are freed.
    private static let keptBlocks = 64
    private var blocks: [UnsafeMutableRawPointer] = []

    init() { blocks.reserveCapacity(Self.keptBlocks) }

    deinit { for block in blocks { block.deallocate() } }

    /// Gives a buffer without memory a block.
    func lend(to buffer: inout ByteBuffer) {
        guard buffer.allocatedBytes == 0 else { return }
        buffer.adopt(
            blocks.popLast() ?? .allocate(byteCount: Self.blockBytes, alignment: 16), capacity: Self.blockBytes)
    }

    /// Takes the memory of an empty buffer.
    func reclaim(from buffer: inout ByteBuffer) {
        guard buffer.isEmpty, buffer.allocatedBytes > 0 else { return }
        guard buffer.allocatedBytes == Self.blockBytes, blocks.count < Self.keptBlocks else {
            return buffer.removeAll(keep: 0)
        }
        blocks.append(buffer.surrender())
    }
}
