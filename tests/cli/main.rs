//! `cross` from its command line to the engine's, with nothing on the machine but fake programs
//! that write down how they were called. No daemon, no network, no image.
//!
//! What the container gets to see is written out once, for docker and a plain crate, in `engines`;
//! every other situation is compared with the plain one, so that a test shows what is special
//! about it and still fails for any other difference.

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
mod bad_engine;
mod bad_image;
mod bad_project;
mod bad_words;
mod bare_targets;
mod beside;
mod bounds;
mod broken;
mod cargo_config;
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
mod install;
mod keys;
mod kit_scripts;
mod kits;
mod known;
mod layouts;
mod linkers;
mod manifests;
mod manual;
mod moving_over;
mod on_host;
mod open;
mod options;
mod outputs;
mod parts;
mod processes;
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
