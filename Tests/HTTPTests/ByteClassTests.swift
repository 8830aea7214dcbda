import Testing

@testable import HTTP

/// The grammar's sets of bytes, spelled out.
@Suite struct ByteClassTests {
    private static let alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    @Test(arguments: [
        ("RFC 9110 5.6.2, token", ByteClass.token, alphanumeric + "!#$%&'*+-.^_`|~"),
        ("RFC 3986 2.2 and 2.3, target", .target, alphanumeric + ":/?[]@!$&'()*+,;=-._~%"),
        ("RFC 3986 3.2.2, reg-name", .hostName, alphanumeric + "-._~!$&'()*+,;=%"),
        ("RFC 3986 3.2.2, IPv6address", .addressLiteral, "0123456789ABCDEFabcdef:."),
        ("RFC 5234 B.1, DIGIT", .digit, "0123456789"),
    ])
    func `a set holds the bytes that its rule names, and no other`(rule: String, set: ByteClass, members: String) {
        #expect((UInt8.min...UInt8.max).filter { set.contains($0) } == members.utf8.sorted())
    }

    @Test func `a control byte in a field value is found wherever it stands`() {
        for length in 1...33 {
            for place in 0..<length {
                for byte in UInt8.min...UInt8.max {
                    var value = [UInt8](repeating: 0x80, count: length)
                    value[place] = byte
                    let isAllowed = byte == 0x09 || (byte >= 0x20 && byte != 0x7F)
                    let found = value.withUnsafeBytes { isFieldValue($0, 0..<length) }
                    guard found == isAllowed else {
                        Issue.record("byte \(byte) at \(place) of \(length)")
                        return
                    }
                }
            }
        }
    }
}
