//! The early question to the engine about the image that a run will most likely need.

use crate::base::error::Result;
use crate::base::process::Running;
use crate::engine::Engine;

/// The question about the image that is most likely needed, asked before the project is known.
#[derive(Debug)]
pub(crate) struct ImageProbe {
    pub(crate) engine: Engine,
    pub(crate) name: String,
    /// The engine's program; none has to be asked where the engine is built in.
    running: Option<Running>,
}

impl ImageProbe {
    /// Starts it.
    pub(crate) fn start(engine: Engine, name: String) -> Result<Self> {
        let asked = engine.store.is_none();
        let running = asked.then(|| engine.inspect_command(&name).start());
        Ok(Self {
            running: running.transpose()?,
            engine,
            name,
        })
    }

    /// Waits for the answer.
    pub(crate) fn finish(self) -> Result<Option<crate::engine::images::ImageInfo>> {
        match self.running {
            Some(running) => self.engine.read_inspection(&self.name, &running.finish()?),
            None => self.engine.inspect(&self.name),
        }
    }
}
