/// The values of a JSON text in their order: an array that is never shared.
///
/// An `Array` asks at every append whether it is the only one that holds its memory; a scan appends a value every few
/// bytes. Every index is checked.
struct JSONTape: ~Copyable {
    typealias Value = JSONScanner.Value

    private(set) var count = 0
    private(set) var capacity: Int
    // The memory is this value's own: it is not copyable, and nothing lends the pointer out.
    private var base: UnsafeMutablePointer<Value>

    /// - Parameter capacity: Values that it has room for at first; at least 1.
    init(capacity: Int) {
        self.capacity = max(capacity, 1)
        base = .allocate(capacity: self.capacity)
    }

    deinit { base.deallocate() }

    subscript(index: Int) -> Value {
        get {
            precondition(index >= 0 && index < count, "no such value")
            return base[index]
        }
        set {
            precondition(index >= 0 && index < count, "no such value")
            base[index] = newValue
        }
    }

    @inline(__always)
    mutating func append(_ value: Value) {
        if count == capacity { grow() }
        (base + count).initialize(to: value)
        count &+= 1
    }

    /// Forgets every value, and gives the memory back where it has grown past `limit` values.
    mutating func removeAll(keeping limit: Int) {
        count = 0
        guard capacity > limit else { return }
        base.deallocate()
        capacity = limit
        base = .allocate(capacity: limit)
    }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<Value>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: base, count: count)
        base.deallocate()
        base = larger
        capacity *= 2
    }
}
