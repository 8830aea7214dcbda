import HTTP
import Metrics

extension TLSSettings {
    /// Reads certificate and key.
    ///
    /// - Throws: `TLSError` when a file is missing or broken, or the key is not the certificate's.
    func makeContext() throws(TLSError) -> TLSContext {
        try TLSContext.server(certificate: certificate, privateKey: privateKey)
    }
}

extension ProviderSettings {
    /// Reads the authorities that the provider's certificate must come from, to see that they are sound.
    func checkAuthorities() throws(TLSError) {
        if let certificateFile { _ = try TLSContext.client(certificateFile: certificateFile) }
    }
}

extension TLSContext {
    /// How long before its end a certificate is warned of: a renewal a month ahead has failed by then.
    private static let warningMicroseconds: Int64 = 30 * 86_400_000_000

    /// What is wrong with the certificate although it can be shown; nil while it lasts for another 30 days.
    ///
    /// - Parameter now: Microseconds since 1970.
    func expiryProblem(at now: Int64) -> String? {
        guard let expiry = certificateExpiry.map({ $0.multipliedReportingOverflow(by: 1_000_000).partialValue }),
            expiry < now &+ Self.warningMicroseconds
        else { return nil }
        if expiry < now { return "expired on \(Timestamp.day(expiry)), so clients refuse it; renew it" }
        return "expires on \(Timestamp.day(expiry)); renew it"
    }
}
