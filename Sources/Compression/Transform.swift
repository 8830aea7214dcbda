/// A way to say the same in fewer tokens.
package enum Transform: UInt8, Sendable, CaseIterable {
    case json, columns, whiteSpace, tablePadding, numberPadding
    case blockReference, lineReference, repeatedLine, valueReference
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
        case .linePrefix: "line_prefix"
        case .licence: "licence_head"
        case .comments: "comments"
        case .wrapping: "wrapped_prose"
        case .alignment: "alignment"
        }
    }
}
