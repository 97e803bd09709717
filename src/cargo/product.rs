//! The files that cargo leaves in a profile's directory for programs, examples and libraries.

use std::path::{Path, PathBuf};

use crate::target::FileNames;

/// The kind of a file that cargo leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProductKind {
    Program,
    /// A library that running programs load: `cdylib` or `dylib`.
    Loaded,
    /// An archive for linkers: `staticlib`.
    Archive,
}

/// A file that cargo leaves in a profile's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Product {
    /// The directory relative to the profile's directory.
    pub(crate) dir: &'static str,
    /// The name of the library, program or example.
    pub(crate) name: String,
    pub(crate) kind: ProductKind,
}

impl Product {
    /// The kind of file for one of cargo's crate types. None if the type leaves no file of
    /// interest.
    pub(crate) fn kind(name: &str) -> Option<ProductKind> {
        match name {
            "bin" => Some(ProductKind::Program),
            "cdylib" | "dylib" => Some(ProductKind::Loaded),
            "staticlib" => Some(ProductKind::Archive),
            _ => None,
        }
    }

    /// The path relative to the profile's directory, if it is built for a target with these names.
    pub(crate) fn file(&self, names: &FileNames) -> PathBuf {
        let (begin, end) = match self.kind {
            ProductKind::Program => ("", names.program),
            ProductKind::Loaded => names.loaded,
            ProductKind::Archive => names.archive,
        };
        // Libraries are named like crates, with underscores.
        let name = match self.kind {
            ProductKind::Program => self.name.clone(),
            ProductKind::Loaded | ProductKind::Archive => self.name.replace('-', "_"),
        };
        Path::new(self.dir).join(format!("{begin}{name}{end}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_the_names_that_rustc_gives_them() {
        let file = |kind, triple| {
            let product = Product {
                dir: "examples",
                name: "my-tool".to_owned(),
                kind,
            };
            product
                .file(&FileNames::of(triple, None))
                .display()
                .to_string()
        };
        let linux = "aarch64-unknown-linux-gnu";
        let windows = "x86_64-pc-windows-gnu";
        assert_eq!(file(ProductKind::Program, linux), "examples/my-tool");
        assert_eq!(file(ProductKind::Loaded, linux), "examples/libmy_tool.so");
        assert_eq!(file(ProductKind::Archive, linux), "examples/libmy_tool.a");
        assert_eq!(file(ProductKind::Program, windows), "examples/my-tool.exe");
        assert_eq!(file(ProductKind::Loaded, windows), "examples/my_tool.dll");
        assert_eq!(file(ProductKind::Archive, windows), "examples/libmy_tool.a");
    }

    #[test]
    fn a_family_says_what_its_programs_end_with() {
        let product = Product {
            dir: "",
            name: "my-tool".to_owned(),
            kind: ProductKind::Program,
        };
        for (triple, expected) in [
            ("wasm32-unknown-emscripten", "my-tool.js"),
            ("wasm32-wasip1", "my-tool.wasm"),
            ("x86_64-pc-windows-gnu", "my-tool.exe"),
            ("x86_64-pc-windows-msvc", "my-tool.exe"),
            ("wasm32-unknown-unknown", "my-tool.wasm"),
        ] {
            assert_eq!(
                product.file(&FileNames::of(triple, None)),
                Path::new(expected),
                "{triple}"
            );
        }
    }
}
