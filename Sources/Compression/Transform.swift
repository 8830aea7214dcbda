/// A way to say the same in fewer tokens.
package enum Transform: UInt8, Sendable, CaseIterable {
    case json, columns, whiteSpace, tablePadding, numberPadding
    case blockReference, lineReference, repeatedLine, valueReference, stringReference
    case linePrefix, licence, comments, wrapping, alignment

    /// Its name in tables and in the ledger.
    package var name: String {
        switch self {
        case .json: "json"
        case .columns: "json_columns"
        case .whiteSpace: "white_space"
        case .tablePadding: "table_padding"
        case .numberPadding: "line_number_padding"
        case .blockReference: "block_reference"
        case .lineReference: "line_reference"
        case .repeatedLine: "repeated_line"
        case .valueReference: "json_value_reference"
        case .stringReference: "json_string_reference"
        case .linePrefix: "line_prefix"
        case .licence: "licence_head"
        case .comments: "comments"
        case .wrapping: "wrapped_prose"
        case .alignment: "alignment"
        }
    }
}

/// What one transform did, in bytes and in estimated hundredths of a token.
package struct Saving: Sendable, Equatable {
    package var uses = 0
    package var bytesBefore = 0
    package var bytesAfter = 0
    package var hundredthsBefore = 0
    package var hundredthsAfter = 0
    /// Results that were thrown away because their proof failed.
    package var failedProofs = 0

    package init() {}

    /// Estimated hundredths of a token saved; negative when there are more than before.
    package var hundredths: Int { hundredthsBefore &- hundredthsAfter }

    /// One use: `before` became `after`.
    mutating func note(_ before: Span<UInt8>, _ after: Span<UInt8>) {
        uses &+= 1
        bytesBefore &+= before.count
        bytesAfter &+= after.count
        hundredthsBefore &+= before.hundredths
        hundredthsAfter &+= after.hundredths
    }

    mutating func add(_ other: Saving) {
        uses &+= other.uses
        bytesBefore &+= other.bytesBefore
        bytesAfter &+= other.bytesAfter
        hundredthsBefore &+= other.hundredthsBefore
        hundredthsAfter &+= other.hundredthsAfter
        failedProofs &+= other.failedProofs
    }
}

/// The savings by transform.
package struct Savings: Sendable, Equatable {
    private var byTransform = [Saving](repeating: Saving(), count: Transform.allCases.count)

    package init() {}

    package subscript(_ transform: Transform) -> Saving {
        get { byTransform[Int(transform.rawValue)] }
        set { byTransform[Int(transform.rawValue)] = newValue }
    }

    /// Estimated hundredths of a token saved by all transforms.
    package var hundredths: Int { byTransform.reduce(0) { $0 &+ $1.hundredths } }
    package var failedProofs: Int { byTransform.reduce(0) { $0 &+ $1.failedProofs } }

    mutating func removeAll() {
        for index in byTransform.indices { byTransform[index] = Saving() }
    }

    package mutating func add(_ other: Savings) {
        for index in byTransform.indices { byTransform[index].add(other.byTransform[index]) }
    }
}
