//! The early question to the engine about the image that a run will most likely need.

use crate::engine::Engine;
use crate::engine::images::{Answer, ImageInfo};
use cross_base::error::Result;

/// The question to the engine about one image, asked before the project is known.
#[derive(Debug)]
pub(crate) struct ImageProbe {
    pub(crate) engine: Engine,
    pub(crate) name: String,
    answer: Answer,
}

impl ImageProbe {
    /// Asks the engine, and does not wait.
    pub(crate) fn start(engine: Engine, name: String) -> Result<Self> {
        Ok(Self {
            answer: engine.ask(&name)?,
            engine,
            name,
        })
    }

    /// Waits for the answer.
    pub(crate) fn finish(self) -> Result<Option<ImageInfo>> {
        self.answer.wait()
    }
}
