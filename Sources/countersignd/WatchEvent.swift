internal import ServiceLifecycle
internal import UnixSignals

/// When to look whether what was read has changed, or to say what was counted.
enum WatchEvent: Sendable {
    case second, hangup, countersAsked

    /// Has `follow` take them, until the daemon is to stop.
    static func all(_ follow: @escaping @Sendable (AsyncStream<WatchEvent>) async -> Void) async {
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        let countersAsked = await UnixSignalsSequence(trapping: .sigusr1)
        let (events, sender) = AsyncStream.makeStream(of: WatchEvent.self)
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { tasks in
                tasks.addTask {
                    while (try? await Task.sleep(for: .seconds(1))) != nil { sender.yield(.second) }
                }
                tasks.addTask { for await _ in hangups { sender.yield(.hangup) } }
                tasks.addTask { for await _ in countersAsked { sender.yield(.countersAsked) } }
                await follow(events)
                tasks.cancelAll()
            }
        }
    }
}
