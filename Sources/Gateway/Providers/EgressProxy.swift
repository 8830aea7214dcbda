/// Whether the environment names a proxy for calls that leave this machine, by the variables that libcurl reads.
enum EgressProxy {
    static func isNamed(for scheme: BaseURL.Scheme, in environment: [String: String]) -> Bool {
        let names =
            switch scheme {
            case .https: ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
            // Never HTTP_PROXY: in a CGI's environment that is a client's header (CVE-2016-5385).
            case .http: ["http_proxy", "all_proxy", "ALL_PROXY"]
            }
        return names.contains { environment[$0]?.isEmpty == false }
    }
}
