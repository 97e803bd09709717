//! What a container may do with a path of the host.

/// Whether the container may write to a mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    ReadOnly,
    ReadWrite,
}

impl Access {
    /// Whether this is the right to write.
    pub(crate) fn writes(self) -> bool {
        self == Self::ReadWrite
    }
}
