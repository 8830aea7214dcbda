import HTTP
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct EventLoopTests {
    @Test func `every continuation of a task stays on the loop's thread`() async throws {
        let actor = try LoopActor()
        let isAtHome = try await actor.run { actor in
            var places = [actor.loop.isOnLoop]
            for _ in 0..<100 {
                await Task.yield()
                places.append(actor.loop.isOnLoop)
            }
            async let child = actor.loop.isOnLoop
            places.append(await child)
            return places.allSatisfy(\.self)
        }
        #expect(isAtHome)
        #expect(!actor.loop.isOnLoop)
        actor.stop()
    }

    @Test func `a deadline fires when the clock is advanced past it, and not before`() async throws {
        let actor = try LoopActor()
        let fired = Monitor<[String]>([])
        try await actor.run { actor in
            let deadlines = (0..<3).map { _ in Deadline() }
            actor.kept = deadlines
            for (index, deadline) in deadlines.enumerated() {
                deadline.whenExpired {
                    fired.withLock { $0.append("\(index)") }
                    fired.wake()
                }
                actor.loop.arm(deadline, nanoseconds: UInt64(3 - index) * 10_000_000_000)
            }
            deadlines[1].cancel()
        }
        actor.clock.advance(by: .seconds(9))
        let before = try await actor.run { _ in fired.withLock { $0 } }
        #expect(before.isEmpty)
        actor.clock.advance(by: .seconds(2))
        #expect(fired.wait(atMost: .patience) { $0 == ["2"] })
        actor.clock.advance(by: .seconds(3600))
        #expect(fired.wait(atMost: .patience) { $0 == ["2", "0"] })
        actor.stop()
    }

    @Test func `what is to be done soon is done before the loop sleeps, also when it asks for more`() async throws {
        let actor = try LoopActor()
        let order = Monitor<[Int]>([])
        try await actor.run { actor in
            let loop = actor.loop
            loop.soon {
                order.withLock { $0.append(1) }
                loop.soon {
                    order.withLock { $0.append(2) }
                    order.wake()
                }
            }
        }
        #expect(order.wait(atMost: .patience) { $0 == [1, 2] })
        actor.stop()
    }

    @Test func `a loop that is told to stop ends once its jobs are done`() async throws {
        let actor = try LoopActor()
        let tasks = (0..<200).map { number in Task { try await actor.run { _ in number } } }
        var sum = 0
        for task in tasks { sum += try await task.value }
        #expect(sum == 19_900)
        actor.stop()
    }
}
