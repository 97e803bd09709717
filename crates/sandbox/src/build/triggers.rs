//! The instructions behind `ONBUILD` in the Dockerfile of an image that a stage starts from.
//! <https://docs.docker.com/reference/dockerfile/#onbuild>

use std::path::Path;

use cross_base::error::{Error, Result};
use cross_dockerfile::parse::{self as dockerfile, Instruction, Written};

/// Reads the instructions that an image has for the stages that start from it.
///
/// # Errors
///
/// If one of them is for another engine, or needs files of the build context. Cross does not know
/// of these files when it decides whether the image is up to date.
pub(super) fn read(image: &str, texts: &[String]) -> Result<Vec<Written>> {
    let refused = |what: &str| {
        let message = format!("the built-in engine cannot do `{what}`, an `ONBUILD` of `{image}`");
        Error::new(message).hint("docker and podman can: `CROSS_CONTAINER_ENGINE=docker`")
    };
    let mut all = Vec::new();
    for text in texts {
        let file = dockerfile::read(Path::new("ONBUILD"), &format!("FROM scratch\n{text}\n"));
        let file = file.map_err(|_| refused(text))?;
        let steps = file.stages.into_iter().flat_map(|stage| stage.steps);
        for written in steps {
            let reads_context = match &written.step {
                Instruction::Copy(copy) => copy.from.is_none() && !copy.sources.is_empty(),
                Instruction::Run(run) => !run.context.is_empty(),
                _ => false,
            };
            if reads_context {
                return Err(refused(text));
            }
            all.push(written);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_the_context_or_another_engine_is_refused() {
        let read = |text: &str| read("base:1", &[text.to_owned()]);
        for text in ["RUN true", "COPY --from=other /a /b", "ENV A=b", "CMD x"] {
            assert_eq!(read(text).unwrap().len(), 1, "{text}");
        }
        for text in [
            "COPY . /src",
            "ADD a.tar /",
            "RUN --mount=target=/p true",
            "RUN --security=insecure true",
            "no instruction",
        ] {
            let error = read(text).unwrap_err();
            let message =
                format!("the built-in engine cannot do `{text}`, an `ONBUILD` of `base:1`");
            assert_eq!(error.message(), message);
        }
    }
}
