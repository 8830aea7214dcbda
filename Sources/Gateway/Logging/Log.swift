import Metrics
import Platform

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

    private func write(_ level: LogSettings.Level, _ message: String) {
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
            }
            console.complain(line.text)
        }
    }
}

extension LogSettings.Level {
    fileprivate var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
