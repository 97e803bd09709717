//! Whether a decision is carried out or shown.

/// What a decision is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// To be carried out: a toolchain or an image that has to be looked into is made on the way.
    Run,
    /// To be shown: nothing is changed.
    Show,
}
