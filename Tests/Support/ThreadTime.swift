import Glibc

/// What a piece of work costs this thread, whatever else the machine does.
package enum ThreadTime {
    /// Seconds of processor time that `body` takes, the least of several runs.
    package static func least(of runs: Int, _ body: () -> Void) -> Double {
        (0..<runs).map { _ in seconds(of: body) }.min() ?? 0
    }

    package static func seconds(of body: () -> Void) -> Double {
        let start = now()
        body()
        return now() - start
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
