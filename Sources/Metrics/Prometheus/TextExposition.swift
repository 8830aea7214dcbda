/// Writes metrics as a scraper reads them: Prometheus text format 0.0.4, or OpenMetrics 1.0.
///
/// The two differ in little: OpenMetrics names a counter's family without `_total`, has a line for the unit, a
/// type for build information, and an end mark.
package struct TextExposition {
    package enum Format: Sendable {
        case prometheus
        case openMetrics

        package var contentType: String {
            switch self {
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }

        /// What a scraper's `accept` header asks for: OpenMetrics where it is named, and not with `q=0`.
        package init(accept: some StringProtocol) {
            let asksForOpenMetrics = accept.lowercased().split(separator: ",").contains { range in
                let parts = range.split(separator: ";").map { $0.filter { $0 != " " } }
                return parts.first == "application/openmetrics-text"
                    && !parts.dropFirst().contains { ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains($0) }
            }
            self = asksForOpenMetrics ? .openMetrics : .prometheus
        }
    }

    package enum Kind: String, Sendable { case counter, gauge, histogram, info }

    typealias Labels = KeyValuePairs<String, String>

    private let format: Format
    private(set) var bytes: [UInt8] = []
    private var family = ""

    init(_ format: Format) { self.format = format }

    /// Begins a family; its samples follow.
    ///
    /// - Parameters:
    ///   - name: Of the samples, a counter's with `_total` and an info's with `_info`.
    ///   - unit: What the values are measured in; the name says so too.
    mutating func family(_ name: String, _ kind: Kind, unit: String? = nil, _ help: String) {
        family = name
        var title = name
        if format == .openMetrics {
            if kind == .counter { title.removeLast("_total".count) }
            if kind == .info { title.removeLast("_info".count) }
        }
        line("# HELP \(title) \(help)")
        let type = kind == .info && format == .prometheus ? Kind.gauge : kind
        line("# TYPE \(title) \(type.rawValue)")
        if format == .openMetrics, let unit { line("# UNIT \(title) \(unit)") }
    }

    mutating func sample(_ value: some BinaryInteger, _ labels: Labels = [:]) { sample(exactly: "\(value)", labels) }

    mutating func sample(_ value: PicoDollars, _ labels: Labels = [:]) { sample(exactly: value.usd, labels) }

    /// Writes a value given as text: an exact decimal.
    mutating func sample(exactly value: String, _ labels: Labels = [:]) { sample(suffix: "", value, labels) }

    /// Writes a whole histogram in seconds.
    mutating func sample(_ histogram: Histogram, _ labels: Labels = [:]) {
        var cumulated: UInt64 = 0
        for (bucket, count) in histogram.counts.enumerated() {
            cumulated &+= count
            let bound = bucket < histogram.bounds.count ? histogram.bounds[bucket].seconds : "+Inf"
            let exemplar = bucket < histogram.exemplars.count ? histogram.exemplars[bucket] : nil
            sample(suffix: "_bucket", "\(cumulated)" + text(of: exemplar), labels, bound: bound)
        }
        sample(suffix: "_sum", Self.seconds(nanoseconds: histogram.sumNanoseconds), labels)
        sample(suffix: "_count", "\(cumulated)", labels)
    }

    /// What follows a bucket's count: the call that was the latest in it, how long it took, and when that was.
    ///
    /// OpenMetrics 1.0, "Exemplars"; the older format has none.
    private func text(of exemplar: Histogram.Exemplar?) -> String {
        guard format == .openMetrics, let exemplar else { return "" }
        let took = Self.seconds(nanoseconds: exemplar.nanoseconds)
        let at = Self.seconds(nanoseconds: UInt64(clamping: exemplar.observedAt) &* 1000)
        return " # {request_id=\"\(exemplar.call)\"} \(took) \(at)"
    }

    /// Ends the exposition.
    consuming func finished() -> [UInt8] {
        if format == .openMetrics { line("# EOF") }
        return bytes
    }

    /// Nanoseconds as exact seconds with at least one decimal.
    static func seconds(nanoseconds: UInt64) -> String {
        let fraction = "\(nanoseconds % 1_000_000_000)"
        var text = "\(nanoseconds / 1_000_000_000)." + String(repeating: "0", count: 9 - fraction.utf8.count) + fraction
        while text.hasSuffix("0"), !text.hasSuffix(".0") { text.removeLast() }
        return text
    }

    private mutating func sample(suffix: String, _ value: String, _ labels: Labels, bound: String? = nil) {
        append(family)
        append(suffix)
        var separator = "{"
        for (name, value) in labels {
            append(separator + name + "=\"")
            appendEscaped(value)
            append("\"")
            separator = ","
        }
        if let bound {
            append("\(separator)le=\"\(bound)\"")
            separator = ","
        }
        if separator == "," { append("}") }
        line(" " + value)
    }

    private mutating func line(_ text: String) { append(text + "\n") }
    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func appendEscaped(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            default: bytes.append(byte)
            }
        }
    }
}
