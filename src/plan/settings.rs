//! The settings for cargo that cross adds to the user's own.

use crate::plan::PlanInput;

/// The key of cargo's configuration for the directory of intermediate files.
pub(super) const BUILD_DIR: &str = "build.build-dir";

impl PlanInput<'_> {
    /// Settings for cargo that cross adds to the user's own configuration.
    ///
    /// They are options and not variables. A build script that calls cargo itself would inherit
    /// variables, wait for its own caller's lock for ever, and build a standard library for its
    /// host. A plugin calls cargo itself too, but does not pass cargo's options on, so plugins get
    /// variables.
    pub(crate) fn settings(&self) -> Vec<(String, toml::Value)> {
        let dir = self.build_dir_setting().map(toml::Value::String);
        let dir = dir.map(|dir| (BUILD_DIR.to_owned(), dir));
        let browser = self.opened_file().map(|file| {
            // Cargo adds the path of the page as the last argument.
            let script = "printf %s \"$1\" >\"$0\"";
            let words = ["sh", "-c", script].map(str::to_owned).into_iter();
            let words = words.chain([file.to_string_lossy().into_owned()]);
            let words = words.map(toml::Value::String).collect();
            ("doc.browser".to_owned(), toml::Value::Array(words))
        });
        let first = dir.into_iter().chain(browser);
        first
            .chain(self.std_settings())
            .chain(self.specification_setting())
            .chain(self.own_runner())
            .collect()
    }

    /// Whether a variable tells cargo the target that only cross knows. Plugins get the variable,
    /// as not all of their commands take `--target`.
    pub(crate) fn tells_by_variable(&self) -> bool {
        self.target.tell_cargo
            && self.is_plugin()
            && self.context.invocation.options.targets.is_empty()
    }
}
