import Metrics
import Platform
import Routing

/// The gateway's log on standard error: JSON lines, or text for people.
struct Log: Sendable {
    private let settings: LogSettings
    private let console: Console
    private let time: any TimeSource

    init(_ settings: LogSettings, _ console: Console, time: any TimeSource = SystemTime()) {
        self.settings = settings
        self.console = console
        self.time = time
    }

    func info(_ message: String) { write(.info, message) }
    func warn(_ message: String) { write(.warn, message) }
    func error(_ message: String) { write(.error, message) }

    /// A change of a provider's state, with members of its own in a JSON line.
    func note(_ event: ProviderEvent) {
        write(
            event.state == .down ? .error : event.state == .degraded ? .warn : .info, event.message,
            [
                ("event", "provider_state"), ("provider", event.provider), ("state", "\(event.state)"),
                ("was", "\(event.was)"), ("breaker", event.breaker.name),
            ])
    }

    private func write(
        _ level: LogSettings.Level, _ message: String, _ members: [(name: String, value: String)] = []
    ) {
        guard level.rank >= settings.level.rank else { return }
        let now = Timestamp.text(time.wallMicroseconds())
        switch settings.format {
        case .text: console.complain("\(now) \(level.rawValue) \(message)")
        case .json:
            var line = JSONText()
            line.object { line in
                line.member("time", now)
                line.member("level", level.rawValue)
                line.member("message", message)
                for (name, value) in members { line.member(name, value) }
            }
            console.complain(line.text)
        }
    }
}

extension LogSettings.Level {
    fileprivate var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
