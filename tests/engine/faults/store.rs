//! Images that are damaged on the disk. The engine notices and builds them again.

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{Place, SMALL, built};
use crate::engine::Engine;
use crate::row::X86_64;
use crate::run::Run;

crate::tests![BuiltIn:
    what_cannot_be_read_of_an_image_is_made_again,
    a_missing_layer_is_made_again,
    a_layer_that_lost_a_directory_is_made_again,
    damage_deep_in_a_layer_is_found_when_it_is_built_upon,
    damage_is_found_by_a_check,
    a_program_that_cannot_start_names_the_check,
    a_damaged_base_of_the_users_is_named,
    nobody_else_gets_into_the_store,
    an_image_that_is_in_use_is_not_removed,
];

/// Steps of which each makes a layer with other files.
const STEPS: &str = "RUN echo one >/one\nRUN mkdir -p /two/deep && echo two >/two/deep/file\n";

/// A project whose image was built, so the next run builds nothing unless there is damage.
#[track_caller]
fn made(engine: &Engine) -> Place<'_> {
    let place = Place::new(engine).dockerfile(STEPS);
    let first = place.check().ok();
    first.clone().expect(built(&first) == 1, "one build");
    let again = place.check().ok();
    again.clone().expect(built(&again) == 0, "no build");
    place
}

/// Expects that the next run builds the image again without further messages, and that the store is
/// sound afterwards.
#[track_caller]
fn is_made_again(place: &Place<'_>) {
    let run = place.check().ok();
    let run = run.clone().expect(built(&run) == 1, "one build");
    run.lacks("damaged").lacks("warning").lacks("error");
    place.is_sound();
    let again = place.check().ok();
    again.clone().expect(built(&again) == 0, "no build");
}

fn what_cannot_be_read_of_an_image_is_made_again(engine: &Engine) {
    let place = made(engine);
    let images = super::entries(&place.store().join("images"));
    let mut made = images.iter();
    let image = made.find(|path| path.to_string_lossy().contains("custom"));
    let image = image.expect("the image's description");
    for text in ["", "{\"layers\": [", "[1, 2]", "\u{fffd}\0"] {
        fs_err::write(image, text).expect("a file");
        is_made_again(&place);
    }
    let layer = place.layer_with("two").with_extension("json");
    for text in ["", "{\"entries\": "] {
        fs_err::write(&layer, text).expect("a file");
        is_made_again(&place);
    }
    fs_err::remove_file(&layer).expect("a file");
    is_made_again(&place);
}

fn a_missing_layer_is_made_again(engine: &Engine) {
    let place = made(engine);
    for file in ["one", "two"] {
        fs_err::remove_dir_all(place.layer_with(file)).expect("a directory");
        is_made_again(&place);
    }
}

/// The state after a user has begun to clear the cache directory.
fn a_layer_that_lost_a_directory_is_made_again(engine: &Engine) {
    let place = made(engine);
    fs_err::remove_dir_all(place.layer_with("two").join("two")).expect("a directory");
    is_made_again(&place);
}

fn damage_deep_in_a_layer_is_found_when_it_is_built_upon(engine: &Engine) {
    let damage: [fn(&Path); 3] = [
        |file| fs_err::remove_file(file).expect("a file"),
        |file| fs_err::write(file, "").expect("a file"),
        |file| fs_err::write(file, "two and more").expect("a file"),
    ];
    for (number, harm) in damage.into_iter().enumerate() {
        let place = made(engine);
        harm(&place.layer_with("two").join("two/deep/file"));
        let more = format!("{STEPS}RUN test \"$(cat /two/deep/file)\" = two && echo {number}\n");
        is_made_again(&place.dockerfile(&more));
    }
}

/// `cross-util images check` reads every byte.
fn damage_is_found_by_a_check(engine: &Engine) {
    let place = made(engine);
    let check = place.images(&["check"]).ok();
    check
        .stderr_has(&format!("Whole `{SMALL}`"))
        .stderr_has("Whole `localhost/cross/custom/")
        .lacks("Damaged");
    // The new content has the length of the old one.
    let file = place.layer_with("two").join("two/deep/file");
    fs_err::write(file, "tow\n").expect("a file");
    let check = place.images(&["check"]).ok();
    check
        .stderr_has(&format!("Whole `{SMALL}`"))
        .stderr_has("Damaged `localhost/cross/custom/");
    is_made_again(&place);
}

/// No run looks for every file beforehand. If a program cannot start, a hint names the command that
/// checks the image.
fn a_program_that_cannot_start_names_the_check(engine: &Engine) {
    let place = made(engine).dockerfile("RUN mkdir -p /usr/lib && echo >/usr/lib/nothing\n");
    place.check().ok();
    let place = place.configure(&format!("image = '{SMALL}'\n"));
    let layers = place.store().join("layers");
    let base = super::lowest_layer(engine);
    // The test damages a copy of the layer, not the original.
    fs_err::remove_file(layers.join(&base)).expect("a link");
    let own = engine.images().expect("it is built in");
    let mut copy = std::process::Command::new("cp");
    copy.arg("-al")
        .arg(own.join("layers").join(&base))
        .arg(&layers);
    assert!(copy.status().expect("it starts").success());
    let lib = layers.join(&base).join("lib64");
    let loader = layers
        .join(&base)
        .join("usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
    assert!(lib.exists() || lib.is_symlink());
    fs_err::remove_file(&loader).expect("the loader");
    let run = place.check().code(125);
    run.stderr_has("error: cannot start `")
        .stderr_has("cargo`: No such file")
        .stderr_has("hint: ")
        .stderr_has("`cross-util --engine sandbox images check`");
    place
        .images(&["check"])
        .ok()
        .stderr_has(&format!("Damaged `{SMALL}`"));
}

/// Cross has no recipe from which it could build this image again.
fn a_damaged_base_of_the_users_is_named(engine: &Engine) {
    let place = Place::new(engine);
    let base = super::lowest_layer(engine);
    let description = place.store().join(format!("layers/{base}.json"));
    let text = fs_err::read_to_string(&description).expect("a description");
    let mut layer: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    layer["entries"] = 1.into();
    // Replaces the description, because those of a test's store are links to the caller's.
    fs_err::remove_file(&description).expect("a file");
    fs_err::write(&description, layer.to_string()).expect("a file");
    let place = place.dockerfile("RUN true\n");
    let run = place.check().code(101);
    run.stderr_has(&format!("the image `{SMALL}` was damaged on the disk"))
        .stderr_has("hint: ");
}

/// Programs in images may have the set-user-ID bit, and the caller owns them. Other users must not
/// reach them.
fn nobody_else_gets_into_the_store(engine: &Engine) {
    let place = made(engine);
    let mode = place.store().metadata().expect("a directory").permissions();
    assert_eq!(mode.mode() & 0o777, 0o700);
}

/// docker and podman refuse to remove such an image, too. Programs that run in it would lose their
/// files.
fn an_image_that_is_in_use_is_not_removed(engine: &Engine) {
    let place = made(engine);
    let layer = place.layer_with("one");
    let name = layer.file_name().expect("a name").to_string_lossy();
    let base = super::lowest_layer(engine);
    let sandbox = Run::cross(engine, &place.project.root()).args([
        "__sandbox",
        "--store",
        &place.store().to_string_lossy(),
        "--layer",
        &base,
        "--layer",
        &name,
        "--",
        "/bin/sh",
        "-c",
        "echo up; cat",
    ]);
    let mut sandbox = sandbox.start();
    let mut up = [0; 3];
    let mut stdout = sandbox.stdout.take().expect("it is piped");
    if stdout.read_exact(&mut up).is_err() {
        let output = sandbox.wait_with_output().expect("it ends");
        panic!("{}", String::from_utf8_lossy(&output.stderr));
    }

    let refused = place.images(&["remove", X86_64.triple]).code(101);
    refused.stderr_has(&format!("is in use by the process {}", sandbox.id()));
    place.is_sound();
    place.check().ok();

    drop(sandbox.stdin.take());
    sandbox.wait().expect("it ends");
    place.images(&["remove", X86_64.triple]).ok();
    assert_eq!(place.layers(), Vec::<std::path::PathBuf>::new());
}
