struct TokenEstimate {
    init() {}
    var tokens = 0
    mutating func add(_ bytes: Span<UInt8>) { tokens &+= bytes.count / 4 }
    static func ofRequest(_ body: Span<UInt8>, _ tape: inout JSONScanner) -> Int { body.count / 4 }
}
