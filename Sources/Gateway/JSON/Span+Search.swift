import CSystem

extension Span where Element == UInt8 {
    /// Whether `text` stands somewhere in the bytes.
    func contains(_ text: StaticString) -> Bool {
        unsafe withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return false }
            return memmem(base, bytes.count, text.utf8Start, text.utf8CodeUnitCount) != nil
        }
    }
}
