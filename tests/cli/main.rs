//! `cross` from its command line to the engine's. The machine has nothing but fake programs that
//! record their calls: no daemon, no network, no image.
//!
//! The complete command line of a container is written out once, in `engines`, for docker and a
//! plain crate. Every other situation is compared with the plain one, so a test shows the
//! difference that it is about and still fails for any other difference.

#![expect(
    clippy::disallowed_methods,
    reason = "the rules about effects are for the program, not for its tests"
)]

mod fixture;
mod full_disk;

mod cross;
mod line;

mod after;
mod answers;
mod attempts;
mod bad_engine;
mod bad_image;
mod bad_project;
mod bad_words;
mod bare_targets;
mod beside;
mod bounds;
mod broken;
mod build_tools;
mod cargo_config;
mod carried;
mod causes;
mod causes_on_host;
mod clean;
mod compilers;
mod components;
mod custom_images;
mod debug;
mod dependencies;
mod doctor;
mod engines;
mod environment;
mod flags;
mod front;
mod glibc;
mod heard;
mod help;
mod image_names;
mod install;
mod keys;
mod kit_scripts;
mod kits;
mod known;
mod layouts;
mod libclang;
mod linkers;
mod manifests;
mod manual;
mod moving_over;
mod named_paths;
mod offline;
mod on_host;
mod open;
mod options;
mod other_projects;
mod outputs;
mod parts;
mod processes;
mod programs;
mod public_files;
mod public_lines;
mod registries;
mod registry;
mod repositories;
mod runners;
mod sccache;
mod secrets;
mod sections;
mod specified;
mod standard_library;
mod targets;
mod terminal;
mod util;
mod util_config;
mod util_env;
mod util_plan;
mod verify;
mod verify_build;
mod writing;
