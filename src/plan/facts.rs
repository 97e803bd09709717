//! Questions that many files of a plan ask of its input.

use std::path::Path;

use crate::cargo::config::kept_back::may_be_of_the_project;
use crate::cargo::config::variable;
use crate::image::Image;
use crate::plan::PlanInput;
use crate::target::{self, FileNames, Row};
use cross_base::fs;

impl PlanInput<'_> {
    /// Whether a path is in the project or in a directory that is mounted for it, and so exists in
    /// the container.
    pub(crate) fn in_project(&self, path: &Path) -> bool {
        let outside = &self.workspace.outside;
        let mut dirs = outside.keys().chain([&self.workspace.root]);
        dirs.any(|dir| path.starts_with(dir))
    }

    /// The target's row, if the image is cross's own or built from one.
    pub(super) fn row(&self) -> Option<&'static Row> {
        target::find(self.target.name()).filter(|_| self.image.is_ours())
    }

    /// The names of the target's files.
    pub(super) fn file_names(&self) -> FileNames {
        let chosen = match self.image {
            Image::Provided { row, .. } => Some(*row),
            Image::Custom { .. } => None,
        };
        FileNames::of(self.target.name(), chosen)
    }

    /// The variable that names the linker or runner of the target, or its flags.
    pub(super) fn variable(&self, what: &str) -> String {
        variable(&format!("target.{}.{what}", self.target.name()))
    }

    /// Whether the image sets the variable for a linker or runner of the target.
    pub(super) fn is_replaced(&self, what: &str) -> bool {
        self.image.has_variable(&self.variable(what))
    }

    /// The flags for rustc, from the first place at which cargo looks that has any.
    pub(super) fn flags(&self) -> Vec<String> {
        let variables = [
            self.context
                .host
                .text("CARGO_ENCODED_RUSTFLAGS")
                .map(|text| text.split('\u{1f}').map(str::to_owned).collect()),
            self.context.host.text("RUSTFLAGS").map(words),
            self.context
                .host
                .text(&self.variable("rustflags"))
                .map(words),
        ];
        let said: Option<Vec<String>> = variables.into_iter().flatten().next();
        said.unwrap_or_else(|| self.context.cargo_config.rustflags(self.target.name()))
    }

    /// Whether the configuration names a variable in full. The user then means this variable.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        self.context.config.entries_of(name).next().is_some()
    }

    /// Whether a variable for a wrapper of rustc, a linker or a runner names a file of the project.
    pub(super) fn names_project_file(&self, name: &str) -> bool {
        let value = self.context.host.text(name);
        let value = value.filter(|_| may_be_of_the_project(name));
        // A runner's value may have arguments behind the program.
        let words = value.and_then(|value| {
            if name.ends_with("_RUNNER") {
                value.split_whitespace().next()
            } else {
                Some(value)
            }
        });
        words.filter(|path| path.contains('/')).is_some_and(|path| {
            let dir = self.context.cwd();
            self.in_project(&fs::absolute(&dir, Path::new(path)))
        })
    }

    /// Whether the command is a program of its own, which calls cargo: a plugin, or xargo.
    pub(crate) fn is_plugin(&self) -> bool {
        self.context.is_plugin()
    }

    /// Whether xargo runs in place of cargo.
    pub(super) fn is_xargo(&self) -> bool {
        self.context.config.xargo.value
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
