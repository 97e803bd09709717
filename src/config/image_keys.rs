//! The keys of an image's content: `image`, `parts`, `dockerfile` and `pre-build`.

use std::path::Path;

use super::custom::{Dockerfile, PreBuild};
use super::file::{Build, Image, Target};
use super::string_or_table::WordOrTable as _;
use super::{Config, Setting, Source};
use crate::target::{self, image_name, tools};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_sandbox::names;

/// The value of the key's environment variable for no parts. In files this is an empty list.
const NO_PARTS: &str = "none";

impl Config {
    /// The value of `pre-build`. It may be an empty list.
    pub(super) fn pre_build(&self, triple: &str) -> Result<Option<Setting<PreBuild>>> {
        let of_both = (
            |build: &Build| build.pre_build.clone(),
            |target: &Target| target.pre_build.clone(),
        );
        let setting = self.pick_both(triple, "pre-build", PreBuild::from_variable, of_both)?;
        // An environment variable has one form for scripts and commands, so a word that is a file's
        // path counts as a script.
        Ok(setting.map(|Setting { value, source }| {
            let is_variable = matches!(source, Source::Variable(_));
            let file = value.word().filter(|_| is_variable);
            let file = file.filter(|word| fs::absolute(&self.root, Path::new(word)).is_file());
            let value =
                file.map_or_else(|| value.clone(), |word| PreBuild::Script(word.to_owned()));
            Setting { value, source }
        }))
    }

    /// The value of `image`. An empty name is an error, since it most likely comes from an unset
    /// variable in the user's shell. So is what a project names that is no name of an image: podman
    /// would read it from any path of the machine. Without the key, cross takes its own image.
    pub(super) fn image(&self, triple: &str) -> Result<Option<Setting<Image>>> {
        let word = |word: &str| Ok(Image::of_word(word));
        let setting = self.pick_for(triple, "image", word, |target| target.image.clone())?;
        let Some(Setting { value, source }) = &setting else {
            return Ok(None);
        };
        if value.said.trim().is_empty() {
            let message = format!("the name of an image that {source} gives is empty");
            return Err(
                Error::new(message).hint("without `image` cross takes its own for the target")
            );
        }
        let name = value.name(&image_name::name_for(triple));
        if !source.is_users() && !names::is_of_registry(&name) {
            let message = format!("`{name}`, which {source} gives, is no name of an image");
            return Err(Error::new(message).hint(names::FORM));
        }
        Ok(setting)
    }

    /// The value of `parts`. Each name must be a part of some family's images or a tool.
    pub(super) fn parts(&self, triple: &str) -> Result<Option<Setting<Vec<String>>>> {
        let words = |text: &str| {
            let words = text.split_whitespace().filter(|word| *word != NO_PARTS);
            Ok(words.map(str::to_owned).collect())
        };
        let of_both = (
            |build: &Build| build.parts.clone(),
            |target: &Target| target.parts.clone(),
        );
        let Some(setting) = self.pick_both(triple, "parts", words, of_both)? else {
            return Ok(None);
        };
        let mut known = target::parts();
        // libclang is both: a part of images, and a tool.
        let tools = tools::names().filter(|name| !known.iter().any(|part| part == name));
        known.extend(tools.map(str::to_owned).collect::<Vec<_>>());
        if let Some(name) = setting.value.iter().find(|name| !known.contains(name)) {
            let message = format!("there is no part `{name}`, which {} names", setting.source);
            return Err(Error::new(message).hint(format!("there is `{}`", known.join("`, `"))));
        }
        Ok(Some(setting))
    }

    /// The value of `dockerfile`. Its environment variable has the path only. The variables of
    /// `context` and `build-args` change a value from any source.
    pub(super) fn dockerfile(&self, triple: &str) -> Result<Option<Setting<Dockerfile>>> {
        let named = |word: &str| Ok(Dockerfile::named(word));
        let of_both = (
            |build: &Build| build.dockerfile.clone(),
            |target: &Target| target.dockerfile.clone(),
        );
        let Some(mut setting) = self.pick_both(triple, "dockerfile", named, of_both)? else {
            return Ok(None);
        };
        for key in ["build".to_owned(), format!("target.{triple}")] {
            let of_key = |name: &str| format!("{key}.dockerfile.{name}");
            let context = self.variable(&of_key("context"), |word| Ok(word.to_owned()))?;
            if let Some(context) = context {
                setting.value.context = Some(context.value);
                setting.value.context_said_by = Some(context.source);
            }
            for word in self.words(&of_key("build-args")) {
                let Some((name, value)) = word.value.split_once('=') else {
                    let message = format!("`{}` in {} has no value", word.value, word.source);
                    return Err(Error::new(message).hint("write `NAME=value`"));
                };
                let args = &mut setting.value.build_args;
                args.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(Some(setting))
    }
}
