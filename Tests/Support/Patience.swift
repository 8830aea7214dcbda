extension Duration {
    /// How long a test waits for what has to come.
    ///
    /// A test that passes hardly ever waits; one that fails says so in the end, on a machine under load too.
    package static let patience = Duration.seconds(60)
}
