import Glibc

/// What the kernel says of this process, under the names that every Prometheus client library uses.
struct ProcessStatistics {
    var cpuTicks: UInt64 = 0
    var virtualBytes: UInt64 = 0
    var residentBytes: UInt64 = 0
    var startTicks: UInt64 = 0
    var bootSeconds: UInt64 = 0
    var openDescriptors = 0
    var maxDescriptors: UInt64 = 0

    private static let ticksPerSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))

    /// Reads `/proc/self`; `nil` where there is none.
    init?() {
        guard let stat = Self.read("/proc/self/stat"), let boot = Self.read("/proc/stat") else { return nil }
        // The second field is the program's name in parentheses and may hold anything, so count from its end.
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        func field(_ number: Int) -> UInt64 { number - 2 < fields.count ? UInt64(fields[number - 2]) ?? 0 : 0 }
        cpuTicks = field(14) &+ field(15)
        startTicks = field(22)
        virtualBytes = field(23)
        residentBytes = field(24) &* UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))
        for line in boot.split(separator: "\n") where line.hasPrefix("btime ") {
            bootSeconds = UInt64(line.dropFirst("btime ".count)) ?? 0
        }
        openDescriptors = Self.countDescriptors()
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            maxDescriptors = UInt64(limit.rlim_cur)
        }
    }

    func write(to text: inout TextExposition) {
        text.family("process_cpu_seconds_total", .counter, unit: "seconds", "User and system CPU time spent.")
        text.sample(exactly: Self.seconds(cpuTicks))
        text.family("process_resident_memory_bytes", .gauge, unit: "bytes", "Resident memory.")
        text.sample(residentBytes)
        text.family("process_virtual_memory_bytes", .gauge, unit: "bytes", "Virtual memory.")
        text.sample(virtualBytes)
        text.family("process_open_fds", .gauge, "Open file descriptors.")
        text.sample(openDescriptors)
        text.family("process_max_fds", .gauge, "Most file descriptors that may be open.")
        text.sample(maxDescriptors)
        text.family("process_start_time_seconds", .gauge, unit: "seconds", "Start of the process since 1970.")
        text.sample(exactly: Self.seconds(startTicks &+ bootSeconds &* Self.ticksPerSecond))
    }

    private static func seconds(_ ticks: UInt64) -> String {
        let whole = ticks / ticksPerSecond
        let nanoseconds = ticks % ticksPerSecond * 1_000_000_000 / ticksPerSecond
        return TextExposition.seconds(nanoseconds: whole &* 1_000_000_000 &+ nanoseconds)
    }

    private static func countDescriptors() -> Int {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var entries = 0
        while readdir(directory) != nil { entries += 1 }
        // Not ".", "..", nor the descriptor that this look itself uses.
        return max(0, entries - 3)
    }

    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while bytes.count < 1 << 20 {
            let chunk = [UInt8](unsafeUninitializedCapacity: 16_384) { buffer, count in
                count = max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
            }
            guard !chunk.isEmpty else { break }
            bytes += chunk
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
