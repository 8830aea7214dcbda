import Foundation
import HTTP
import Tokens

/// What `gateway check` finds out from the machine: the data directory, its space, the two ports, certificates, the rank file.
///
/// It leaves nothing behind: a directory that does not exist is judged by the nearest one that does.
struct MachineCheck {
    private let loaded: LoadedSettings

    /// Microseconds since 1970.
    private let now: Int64

    init(_ loaded: LoadedSettings, now: Int64) {
        self.loaded = loaded
        self.now = now
    }

    func run(into findings: inout CheckCommand.Findings) {
        checkDirectory(&findings)
        checkPort("listen.address", loaded.settings.listen.address, &findings)
        checkPort("admin.address", loaded.settings.admin.address, &findings)
        checkCertificates(&findings)
        checkRanks(&findings)
    }

    private func problem(_ path: String, _ text: String) -> SettingsError {
        let origin = loaded.values.first { $0.path == path || $0.path.hasPrefix(path + ".") }?.origin ?? .standard
        return SettingsError(path, at: origin, .unsound(text))
    }

    private func checkDirectory(_ findings: inout CheckCommand.Findings) {
        let directory = loaded.settings.dataDirectory
        var existing = directory.hasPrefix("/") ? directory : "./" + directory
        while access(existing, F_OK) != 0, existing != "/", existing != "." {
            existing = (existing as NSString).deletingLastPathComponent
            if existing.isEmpty { existing = "." }
        }
        var isDirectory: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: existing, isDirectory: &isDirectory)
        guard isDirectory.boolValue else {
            let text = "is '\(directory)', but \(existing) is not a directory; name another with --data"
            return findings.errors.append(problem("data_dir", text))
        }
        guard access(existing, W_OK | X_OK) == 0 else {
            let text =
                "is '\(directory)', but this user cannot write to \(existing) (\(Self.reason(errno))); "
                + "change its owner, or name another with --data"
            return findings.errors.append(problem("data_dir", text))
        }
        checkSpace(in: existing, &findings)
    }

    private func checkSpace(in directory: String, _ findings: inout CheckCommand.Findings) {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        let free = overflow ? UInt64.max : bytes
        let wanted = UInt64(loaded.settings.cache.maxBytes) + UInt64(loaded.settings.ledger.maxBytes)
        if free >= wanted { return }
        let text =
            "has \(free >> 20) MiB free, while cache.max_bytes and ledger.max_bytes allow \(wanted >> 20) MiB; "
            + "lower them, or make room"
        findings.warnings.append(problem("data_dir", text))
    }

    /// Tries to bind, which tells what `serve` would meet. A port in use is only a warning, since most often it is
    /// the running gateway's own.
    private func checkPort(_ path: String, _ name: SocketName, _ findings: inout CheckCommand.Findings) {
        let code = PortProbe.bindError(name)
        switch code {
        case 0: return
        case EADDRINUSE:
            findings.warnings.append(problem(path, "is \(name), which is in use (by a running gateway?)"))
        case EACCES:
            findings.errors.append(problem(path, "is \(name), which this user may not open; use a port above 1023"))
        case EADDRNOTAVAIL:
            findings.errors.append(problem(path, "is \(name), which is no address of this machine"))
        default:
            findings.errors.append(problem(path, "is \(name), which cannot be opened: \(Self.reason(code))"))
        }
    }

    /// Reads certificates and keys as `serve` would.
    private func checkCertificates(_ findings: inout CheckCommand.Findings) {
        do throws(TLSError) {
            if let problem = try loaded.settings.listen.tls?.makeContext().expiryProblem(at: now) {
                findings.warnings.append(self.problem("listen.tls.certificate", problem))
            }
        } catch { findings.errors.append(problem("listen.tls", "\(error)")) }
        for provider in loaded.settings.providers.values.sorted(by: { $0.name < $1.name }) {
            do throws(TLSError) { try provider.checkAuthorities() } catch {
                findings.errors.append(problem("providers.\(provider.name).tls.ca", "\(error)"))
            }
        }
    }

    /// Reads the rank file as `serve` would.
    private func checkRanks(_ findings: inout CheckCommand.Findings) {
        do throws(RankFileProblem) { _ = try TokenCounter(rankFile: loaded.settings.tokenRanks) } catch {
            findings.errors.append(problem("tokens.ranks", "\(error)"))
        }
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
