//! Questions to the engine about images.

use std::collections::BTreeMap;
use std::process::Output;

use serde::Deserialize;

use crate::base::digest::Digest;
use crate::base::error::{Error, Result};
use crate::base::host::Host;
use crate::base::process::{Cmd, reason};
use crate::base::term::Term;
use crate::engine::Engine;
use crate::sandbox::registry::Registry;
use crate::sandbox::store;

/// What the engine knows of one image.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ImageInfo {
    /// The engine's own identifier, `sha256:…` or bare hexadecimal.
    pub(crate) id: String,
    /// In bytes; none where that has to be asked for, see [`Engine::size`].
    size: Option<u64>,
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
    fn of_store(image: &store::Image) -> Self {
        let env = image.env.iter();
        // A layer that images share says nothing about those below it, nor about variables.
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

impl Engine {
    /// The question whether an image is there.
    pub(crate) fn inspect_command(&self, image: &str) -> Cmd {
        self.cmd().args(["image", "inspect", image])
    }

    /// Asks whether an image is there.
    pub(crate) fn inspect(&self, image: &str) -> Result<Option<ImageInfo>> {
        if let Some(store) = &self.store {
            let found = store.image(image)?;
            return Ok(found.map(|image| ImageInfo::of_store(&image)));
        }
        let output = self.inspect_command(image).output()?;
        self.read_inspection(image, &output)
    }

    /// The names of all images, newest first: in this order they can be removed, for one that another was made from is
    /// older.
    ///
    /// # Errors
    ///
    /// When the engine cannot tell.
    pub(crate) fn names(&self) -> Result<Vec<String>> {
        if let Some(store) = &self.store {
            return Ok(store.names());
        }
        let cmd = self.cmd().args(["image", "ls"]);
        let output = cmd
            .args(["--format", "{{.Repository}}:{{.Tag}}"])
            .output()?;
        if !output.status.success() {
            let name = self.kind.program();
            let reason = reason(&output);
            return Err(Error::new(format!("{name} cannot list images: {reason}")));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let named = text.lines().filter(|line| !line.ends_with(":<none>"));
        Ok(named.map(str::to_owned).collect())
    }

    /// Fetches an image from where its name says.
    ///
    /// # Errors
    ///
    /// When it cannot be had.
    pub(crate) fn pull(&self, image: &str, host: &Host, term: Term) -> Result<()> {
        match &self.store {
            Some(store) => Registry { host, term }.pull(store, image),
            None => self.quietly(&["pull", "--quiet", image]),
        }
    }

    /// Gives an image another name.
    ///
    /// # Errors
    ///
    /// When the engine fails.
    pub(crate) fn tag(&self, image: &str, name: &str) -> Result<()> {
        let Some(store) = &self.store else {
            return self.quietly(&["tag", image, name]);
        };
        match store.image(image)? {
            Some(image) => store.name(name, &image),
            None => Err(Error::new(format!("there is no image `{image}`"))),
        }
    }

    /// How many bytes an image takes, what it shares with others included.
    ///
    /// # Errors
    ///
    /// When the engine cannot tell.
    pub(crate) fn size(&self, name: &str, info: &ImageInfo) -> Result<u64> {
        let Some(store) = &self.store else {
            return Ok(info.size.unwrap_or_default());
        };
        let image = store.image(name)?;
        Ok(image.map_or(0, |image| store.size(&image)))
    }

    /// Lets the built-in engine look for damage in an image that is about to be built upon, and remove what is
    /// damaged; the others look after theirs.
    ///
    /// # Errors
    ///
    /// When something damaged cannot be removed.
    pub(crate) fn mend(&self, image: &str) -> Result<()> {
        match &self.store {
            Some(store) => store.mend(image),
            None => Ok(()),
        }
    }

    /// Takes an image away.
    ///
    /// # Errors
    ///
    /// When it is in use, for instance.
    pub(crate) fn remove(&self, image: &str) -> Result<()> {
        match &self.store {
            Some(store) => store.remove(image),
            None => self.quietly(&["image", "rm", image]),
        }
    }

    fn quietly(&self, args: &[&str]) -> Result<()> {
        let output = self.cmd().args(args).output()?;
        if output.status.success() {
            Ok(())
        } else {
            Err(Error::new(reason(&output)))
        }
    }

    /// Reads the answer to [`Engine::inspect_command`]; `None` when there is no such image.
    ///
    /// # Errors
    ///
    /// When the engine failed for any other reason.
    pub(crate) fn read_inspection(
        &self,
        image: &str,
        output: &Output,
    ) -> Result<Option<ImageInfo>> {
        let name = self.kind.program();
        if output.status.success() {
            let mut list: Vec<ImageInfo> = serde_json::from_slice(&output.stdout).map_err(|e| {
                Error::new(format!("cannot understand `{name} image inspect`: {e}"))
            })?;
            return Ok(list.pop());
        }
        let text = String::from_utf8_lossy(&output.stderr).to_lowercase();
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
            "{name} cannot look up the image `{image}`: {}",
            reason(output)
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
