//! The keys of what goes into an image.

use std::path::Path;

use super::custom::{Dockerfile, PreBuild};
use super::file::{Build, Image, Target};
use super::string_or_table::WordOrTable as _;
use super::{Config, Setting, Source};
use crate::target::{self, tools};
use cross_base::error::{Error, Result};
use cross_base::fs;

/// What a variable says where images are to have no part; in a file there is the empty list.
const NO_PARTS: &str = "none";

impl Config {
    /// What is done in the image, which may have been said to be nothing.
    pub(super) fn pre_build(&self, triple: &str) -> Result<Option<Setting<PreBuild>>> {
        let of_both = (
            |build: &Build| build.pre_build.clone(),
            |target: &Target| target.pre_build.clone(),
        );
        let setting = self.pick_both(triple, "pre-build", PreBuild::from_variable, of_both)?;
        // In a variable there is one way to say either.
        Ok(setting.map(|Setting { value, source }| {
            let is_variable = matches!(source, Source::Variable(_));
            let file = value.word().filter(|_| is_variable);
            let file = file.filter(|word| fs::absolute(&self.root, Path::new(word)).is_file());
            let value =
                file.map_or_else(|| value.clone(), |word| PreBuild::Script(word.to_owned()));
            Setting { value, source }
        }))
    }

    /// The image that is named. Without a name cross's own is taken, and an empty one is a slip: of
    /// a variable in the text, maybe.
    pub(super) fn image(&self, triple: &str) -> Result<Option<Setting<Image>>> {
        let word = |word: &str| Ok(Image::of_word(word));
        let setting = self.pick_for(triple, "image", word, |target| target.image.clone())?;
        match &setting {
            Some(Setting { value, source }) if value.said.trim().is_empty() => {
                let message = format!("the name of an image that {source} gives is empty");
                Err(Error::new(message).hint("without `image` cross takes its own for the target"))
            }
            _ => Ok(setting),
        }
    }

    /// The parts that the image has, each of which some family of targets knows, and tools.
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
        known.extend(tools::names().map(str::to_owned));
        if let Some(name) = setting.value.iter().find(|name| !known.contains(name)) {
            let message = format!("there is no part `{name}`, which {} names", setting.source);
            return Err(Error::new(message).hint(format!("there is `{}`", known.join("`, `"))));
        }
        Ok(Some(setting))
    }

    /// A variable names the file alone; others add to what is said of it anywhere.
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
