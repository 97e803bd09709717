//! The two modes of making a plan.

/// The purpose of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The plan will be carried out. A missing toolchain or image that the plan depends on is
    /// installed or made on the way.
    Run,
    /// The plan is only shown, so nothing is changed on the way.
    Show,
}
