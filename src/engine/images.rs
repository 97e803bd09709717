//! Facts about images, and the engines' answers.

use std::collections::BTreeMap;
use std::process::Output;

use serde::Deserialize;

use cross_base::digest::Digest;
use cross_base::error::{Error, Result};
use cross_base::process::{Running, reason};
use cross_sandbox::store;

/// The engine's facts about one image.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ImageInfo {
    /// The engine's own identifier, `sha256:…` or bare hexadecimal.
    pub(crate) id: String,
    /// The size in bytes. None if the engine has to be asked, see
    /// [`super::backend::Backend::size`].
    pub(super) size: Option<u64>,
    #[serde(default)]
    config: ImageConfig,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase", default)]
struct ImageConfig {
    labels: Option<BTreeMap<String, String>>,
    env: Option<Vec<String>>,
}

impl ImageInfo {
    /// The facts that the built-in engine's store has about an image.
    pub(super) fn of_store(image: &store::Image) -> Self {
        let env = image.env.iter();
        // The digest of the last layer alone would not do: images may share it with other layers
        // below, and differ in variables.
        let mut id = Digest::default();
        image
            .layers
            .iter()
            .for_each(|layer| id.add(layer.as_bytes()));
        for (name, value) in env.clone() {
            id.add(format!("{name}={value}").as_bytes());
        }
        Self {
            id: id.finish(),
            size: None,
            config: ImageConfig {
                labels: Some(image.labels.clone()),
                env: Some(env.map(|(name, value)| format!("{name}={value}")).collect()),
            },
        }
    }

    /// What is known of an image that starts from another, before it exists: that it has the
    /// variables of the other, unless it sets them anew.
    pub(crate) fn expected(env: impl Iterator<Item = (String, String)>) -> Self {
        let env = env.map(|(name, value)| format!("{name}={value}"));
        Self {
            config: ImageConfig {
                labels: None,
                env: Some(env.collect()),
            },
            ..Self::default()
        }
    }

    /// The facts about something that has one label and no more, such as a toolchain.
    pub(super) fn labelled(name: &str, value: &str) -> Self {
        Self {
            config: ImageConfig {
                labels: Some([(name.to_owned(), value.to_owned())].into()),
                env: None,
            },
            ..Self::default()
        }
    }

    /// A label's value.
    pub(crate) fn label(&self, name: &str) -> Option<&str> {
        let labels = self.config.labels.as_ref()?;
        labels.get(name).map(String::as_str)
    }

    /// The variables that the image sets.
    pub(crate) fn vars(&self) -> impl Iterator<Item = (&str, &str)> {
        let vars = self.config.env.iter().flatten();
        vars.filter_map(|var| var.split_once('='))
    }

    /// A variable that the image sets.
    pub(crate) fn env(&self, name: &str) -> Option<&str> {
        let mut vars = self.vars();
        vars.find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

/// The answer to the question whether an image exists, with the facts about it.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The answer, from an engine that needs no process for it.
    Known(Option<ImageInfo>),
    /// A process that is about to print the answer.
    Coming {
        running: Running,
        /// The engine's name.
        engine: &'static str,
        image: String,
    },
}

impl Answer {
    /// Waits for the answer. `None` when the image does not exist.
    ///
    /// # Errors
    ///
    /// When the engine fails, other than because there is no such image.
    pub(crate) fn wait(self) -> Result<Option<ImageInfo>> {
        match self {
            Self::Known(found) => Ok(found),
            Self::Coming {
                running,
                engine,
                image,
            } => read(engine, &image, &running.finish()?),
        }
    }
}

/// Reads the output of `docker image inspect` or `podman image inspect`.
fn read(engine: &str, image: &str, output: &Output) -> Result<Option<ImageInfo>> {
    if output.status.success() {
        let mut list: Vec<ImageInfo> = serde_json::from_slice(&output.stdout)
            .map_err(|e| Error::new(format!("cannot understand `{engine} image inspect`: {e}")))?;
        return Ok(list.pop());
    }
    let text = String::from_utf8_lossy(&output.stderr).to_lowercase();
    // The engine repeats the name, which may have any of these words in it.
    let text = text.replace(&image.to_lowercase(), "");
    if [
        "no such image",
        "image not known",
        "not found",
        "no such object",
    ]
    .iter()
    .any(|phrase| text.contains(phrase))
    {
        return Ok(None);
    }
    Err(Error::new(format!(
        "{engine} cannot look up the image `{image}`: {}",
        reason(output)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_not_missing_because_its_name_says_so() {
        use std::os::unix::process::ExitStatusExt as _;

        let answer = |image: &str, said: &str| {
            let output = Output {
                status: std::process::ExitStatus::from_raw(1 << 8),
                stdout: Vec::new(),
                stderr: said.as_bytes().to_owned(),
            };
            read("docker", image, &output)
        };
        let missing = "Error: No such image: r/x:1";
        assert!(answer("r/x:1", missing).unwrap().is_none());
        let broken = "cannot connect for R/not found:1";
        answer("r/not found:1", broken).unwrap_err();
    }

    #[test]
    fn dockers_and_podmans_answers_are_understood() {
        let json = r#"[{"Id":"sha256:ab","RepoTags":["x"],"Size":7,"Config":{
            "Labels":{"cross.recipe":"h"},"Env":["PATH=/a:/b","X=1=2"]}}]"#;
        let info: Vec<ImageInfo> = serde_json::from_str(json).unwrap();
        assert_eq!(info[0].label("cross.recipe"), Some("h"));
        assert_eq!(info[0].env("PATH"), Some("/a:/b"));
        assert_eq!(info[0].env("X"), Some("1=2"));
        let json = r#"[{"Id":"cd","Config":{"Labels":null}}]"#;
        let info: Vec<ImageInfo> = serde_json::from_str(json).unwrap();
        assert_eq!(info[0].label("cross.recipe"), None);
    }
}
