import Metrics
import Platform
import Routing

/// How one provider does, for operators.
struct ProviderReport {
    private let provider: Provider
    private let health: ProviderHealth
    private let probe: ProviderState.Probe?
    private let now: UInt64

    /// Of every provider, by name.
    static func all(_ context: GatewayContext) -> [ProviderReport] {
        let now = context.time.monotonicNanoseconds()
        return context.providers.values.sorted { $0.name < $1.name }.map { provider in
            let (health, probe) = provider.state.report
            return ProviderReport(provider: provider, health: health, probe: probe, now: now)
        }
    }

    var gauges: GatewayMetrics.ProviderGauges {
        .init(
            name: provider.name, isUp: health.state(now) != .down, breaker: health.breakerState(now).number)
    }

    /// The answer of `/api/v1/health`.
    static func json(of context: GatewayContext, isDraining: Bool) -> String {
        var text = JSONText()
        text.object { object in
            object.member("status", isDraining ? "draining" : "ok")
            object.name("providers")
            object.array { array in for report in all(context) { report.write(to: &array) } }
        }
        return text.text + "\n"
    }

    private func write(to array: inout JSONText) {
        array.object { object in
            object.member("name", provider.name)
            object.member("kind", provider.kind.rawValue)
            object.member("state", "\(health.state(now))")
            object.member("breaker", health.breakerState(now).name)
            object.member("opens_in_ms", health.opensIn(now) / 1_000_000)
            object.member("in_flight", health.inFlight)
            object.member(
                "first_byte_ms", milliseconds: health.latency > 0 ? Int64(clamping: health.latency / 1000) : nil)
            object.name("failure_share")
            object.raw(Self.share(health.failureShare))
            object.name("probe")
            guard let probe else { return object.raw("null") }
            object.object { object in
                object.member("at", Timestamp.text(probe.at))
                object.member("status", probe.status)
                object.member("error", probe.error)
                object.member("latency_ms", milliseconds: Int64(clamping: probe.nanoseconds / 1000))
            }
        }
    }

    /// Thousandths as a decimal.
    private static func share(_ thousandths: Int) -> String {
        let digits = String(1000 + min(max(thousandths, 0), 999)).dropFirst()
        return thousandths >= 1000 ? "1" : "0.\(digits)"
    }
}
