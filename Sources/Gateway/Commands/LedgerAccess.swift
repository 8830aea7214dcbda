import LMDB
import Metrics
import Platform

/// How commands come to a ledger.
enum LedgerAccess {
    /// Opens the ledger to read, with what a gateway that was killed has left in the journal, where none runs.
    static func reader(_ settings: Settings) throws(StoreError) -> LedgerReader {
        do throws(StoreError) {
            let reader = try LedgerReader(directory: settings.dataDirectory)
            if try reader.journalRecords() == 0 { return reader }
        } catch {
            // One of an earlier version is taken over; what is not there cannot be.
            guard error.isAbsent else { throw error }
        }
        settle(settings)
        return try LedgerReader(directory: settings.dataDirectory)
    }

    /// Has the ledger take over what waits to be, as a start of the gateway would, unless one runs or this user may not
    /// write there: then it is read as it is.
    private static func settle(_ settings: Settings) {
        guard LedgerReader.exists(in: settings.dataDirectory),
            let held = try? DataDirectory(holdingIdle: settings.dataDirectory)
        else { return }
        defer { held.release() }
        let ledger = try? Ledger(
            directory: settings.dataDirectory, maxBytes: settings.ledger.maxBytes, time: SystemTime())
        ledger?.close()
    }
}
