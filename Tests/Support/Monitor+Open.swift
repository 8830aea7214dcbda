package import Platform

extension Monitor<Bool> {
    /// Lets those go on who wait for it.
    package func open() {
        withLock { $0 = true }
        wake()
    }
}
