import LedgerStorage

extension JournalThread {
    /// What the thread takes from the queue in one go.
    struct Work {
        var batch: [(submission: Submission, ticket: Ticket)] = []
        let isClosing: Bool
        let acceptsClock: Bool
        let rotates: Bool

        init(taking queue: inout Ledger.Queue, limit: Int, bytes: Int) {
            isClosing = queue.isClosing
            acceptsClock = queue.acceptsClock
            queue.acceptsClock = false
            rotates = queue.rotates
            queue.rotates = false
            var count = 0
            var taken = 0
            while count < min(limit, queue.waiting.count) {
                let next = queue.waiting[count].submission.item.byteCount
                if count > 0, taken + next > bytes { break }
                taken += next
                count += 1
            }
            batch = Array(queue.waiting.prefix(count))
            queue.waiting.removeFirst(count)
            queue.bytes -= taken
        }
    }
}
