import CSystem
import Glibc
import HTTP
import Platform

/// `gateway serve`: runs until SIGTERM or SIGINT.
package enum ServeCommand: Command {
    package static let name = "serve"
    package static let summary = "Runs the proxy until SIGTERM or SIGINT, then lets what is in hand finish."
    package static let usage = "[--config FILE] [--simulate]"
    package static let options =
        SettingsOptions.all + [
            CommandOption("--simulate", nil, "puts the built-in simulated upstream behind it: no key, no network")
        ]
    package static let example = "gateway serve --config conf/gateway.json5"

    package static func run(_ arguments: ArgumentList, in context: CommandContext) throws(UsageError) -> Int32 {
        try arguments.refuseOperands()
        let source = try SettingsOptions.source(arguments, in: context)
        let loaded: LoadedSettings
        do throws(SettingsErrors) { loaded = try source.load() } catch {
            for problem in error.errors { context.console.complain("gateway serve: \(problem)") }
            return 1
        }
        let log = Log(loaded.settings.log, context.console)
        let isSimulated = arguments.has("--simulate")
        for warning in loaded.warnings where !(isSimulated && warning.problem.isUnsetSecret) { log.warn("\(warning)") }
        let signals = ShutdownSignals(withReload: true)
        do throws(StartupError) {
            let server = try GatewayServer(
                loaded.settings, listening: HandedInSockets.take(context.environment),
                simulated: isSimulated ? SimulatedUpstream() : nil, environment: context.environment,
                onProviderEvent: { log.note($0) },
                log: { log.warn($0) },
                onWait: { log.warn("another gateway uses \(loaded.settings.dataDirectory); waiting for it to end") })
            for notice in server.notices { log.warn(notice) }
            context.console.write(banner(server, loaded.settings, isSimulated: isSimulated))
            log.info("serving on \(server.address), admin on \(server.adminAddress)")
            signals.wait { reloadCertificate(of: server, loaded.settings, log) }
            log.info(
                "draining: no new connections; requests in hand have 30 s, connections at rest 10 s for one more; "
                    + "a second signal ends all at once")
            let isWhole = server.stop(hurry: { signals.wait() })
            log.info(isWhole ? "stopped" : "stopped; requests were given up")
            return 0
        } catch {
            context.console.complain("gateway serve: \(error)")
            return 1
        }
    }

    private static func reloadCertificate(of server: GatewayServer, _ settings: Settings, _ log: Log) {
        guard settings.listen.tls != nil else {
            return log.warn("SIGHUP reads the certificate of listen.tls again, which is not set; restart for the rest")
        }
        do throws(TLSError) {
            if let notice = try server.reloadCertificate() { log.warn(notice) }
            log.info("certificate and key of listen.tls were read again; new connections are shown them")
        } catch {
            log.error("listen.tls: \(error); the certificate read before stays in force")
        }
    }

    /// What a person at the terminal can try at once.
    private static func banner(_ server: GatewayServer, _ settings: Settings, isSimulated: Bool) -> String {
        let url = "\(settings.listen.tls == nil ? "http" : "https")://\(server.address)/v1"
        let hasKey = isSimulated || settings.providers[settings.defaultProvider]?.apiKey != nil
        let key = hasKey ? "anything" : "$OPENAI_API_KEY"
        let pythonKey = hasKey ? "\"anything\"" : "os.environ[\"OPENAI_API_KEY\"]"
        let model = settings.defaultModel
        return """
            gateway \(VersionCommand.version)
              clients    \(url)\(isSimulated ? "   (simulated upstream: answers cost nothing)" : "")
              operators  http://\(server.adminAddress)/metrics, /api/v1/stats, /readyz
              data       \(settings.dataDirectory)

            Try it with curl:
              curl \(url)/chat/completions -H "Authorization: Bearer \(key)" -H "Content-Type: application/json" \\
                -d '{"model":"\(model)","messages":[{"role":"user","content":"Hello"}]}' -i

            or from Python (pip install openai):
              python3 -c 'import os, openai; c = openai.OpenAI(base_url="\(url)", api_key=\(pythonKey)); \
            print(c.chat.completions.create(model="\(model)", messages=[{"role": "user", "content": "Hello"}]).choices[0].message.content)'

            Ask the same twice: the second answer says x-gateway-cache: HIT. Ctrl-C ends it.

            """
    }
}

/// The signals that end the gateway, or have it read its certificate again, read from a descriptor: no code runs in a signal handler.
struct ShutdownSignals: Sendable {
    private let descriptor: Int32

    /// Blocks SIGTERM and SIGINT for this thread and those it starts; to be made before any thread.
    ///
    /// - Parameter withReload: SIGHUP too, which ends the process otherwise.
    init(withReload: Bool = false) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        if withReload { sigaddset(&signals, SIGHUP) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)
        descriptor = signalfd(-1, &signals, csystem_SFD_CLOEXEC)
    }

    /// Waits for one that ends the gateway; `reload` is run for each SIGHUP before it.
    func wait(reload: () -> Void = {}) {
        var information = signalfd_siginfo()
        while true {
            let count = Glibc.read(descriptor, &information, MemoryLayout<signalfd_siginfo>.size)
            if count < 0, errno == EINTR { continue }
            guard count > 0, information.ssi_signo == UInt32(SIGHUP) else { return }
            reload()
        }
    }
}

/// Listening sockets that a service manager handed over (`sd_listen_fds(3)`).
enum HandedInSockets {
    /// The first descriptor handed over, by systemd's convention.
    private static let first: Int32 = 3
    private static let limit = 64

    static func take(_ environment: [String: String]) -> [Int32] {
        guard environment["LISTEN_PID"] == String(getpid()), let text = environment["LISTEN_FDS"],
            let count = Int32(text), count > 0, count <= limit
        else { return [] }
        return (first..<(first + count)).map { $0 }
    }
}
