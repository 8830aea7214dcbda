/// A place in a text file, counted as an editor counts: both from 1, columns in Unicode scalars.
package struct FilePosition: Sendable, Hashable, CustomStringConvertible {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package var description: String { "\(line):\(column)" }
}

/// One value of a JSON5 document and where it begins.
package struct JSON5Node: Sendable, Equatable {
    package var value: JSON5Value
    package let position: FilePosition

    package init(_ value: JSON5Value, at position: FilePosition) {
        self.value = value
        self.position = position
    }
}

/// What a JSON5 document may hold.
package enum JSON5Value: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number exactly as it was spelled (`2.50`, `0x1F`, `-Infinity`), so that a price need never be a `Double`.
    case number(String)
    case string(String)
    case array([JSON5Node])
    /// The members in the order of the file, without duplicates.
    case object([JSON5Member])

    /// What a person would call it: "a number", "an object".
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// One `key: value` of an object.
package struct JSON5Member: Sendable, Equatable {
    package let name: String
    package let position: FilePosition
    package let node: JSON5Node

    package init(_ name: String, at position: FilePosition, _ node: JSON5Node) {
        self.name = name
        self.position = position
        self.node = node
    }
}

/// Something in a text that is not JSON5.
package struct JSON5Problem: Sendable, Equatable, CustomStringConvertible {
    package let position: FilePosition
    package let message: String

    package var description: String { "\(position): \(message)" }
}

extension JSON5Node {
    /// The member of that name when this is an object which has it.
    package subscript(_ name: String) -> JSON5Node? {
        guard case .object(let members) = value else { return nil }
        return members.first { $0.name == name }?.node
    }
}
