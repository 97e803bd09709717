//! Images that are damaged on the disk: noticed, and made again.

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

/// Steps whose layers are told apart by the files in them.
const STEPS: &str = "RUN echo one >/one\nRUN mkdir -p /two/deep && echo two >/two/deep/file\n";

/// The image is there, so that the next run builds nothing unless there is damage.
#[track_caller]
fn made(engine: &Engine) -> Place<'_> {
    let place = Place::new(engine).dockerfile(STEPS);
    let first = place.check().ok();
    first.clone().expect(built(&first) == 1, "one build");
    let again = place.check().ok();
    again.clone().expect(built(&again) == 0, "no build");
    place
}

/// Made again by the next run, which says no more than that, and sound afterwards.
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

/// As somebody leaves it who has begun to clear the cache directory.
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

/// Every byte is looked at there.
fn damage_is_found_by_a_check(engine: &Engine) {
    let place = made(engine);
    let check = place.images(&["check"]).ok();
    check
        .stderr_has(&format!("Whole `{SMALL}`"))
        .stderr_has("Whole `localhost/cross/custom/")
        .lacks("Damaged");
    // As long as before.
    let file = place.layer_with("two").join("two/deep/file");
    fs_err::write(file, "tow\n").expect("a file");
    let check = place.images(&["check"]).ok();
    check
        .stderr_has(&format!("Whole `{SMALL}`"))
        .stderr_has("Damaged `localhost/cross/custom/");
    is_made_again(&place);
}

/// Nothing looks for every file before every run, so whoever misses one is told how to look.
fn a_program_that_cannot_start_names_the_check(engine: &Engine) {
    let place = made(engine).dockerfile("RUN mkdir -p /usr/lib && echo >/usr/lib/nothing\n");
    place.check().ok();
    let place = place.configure(&format!("image = '{SMALL}'\n"));
    let layers = place.store().join("layers");
    let base = super::lowest_layer(engine);
    // A copy of which something is taken, rather than the original.
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
    let run = place.check().code(101);
    run.stderr_has("error: cannot start `")
        .stderr_has("cargo`: No such file")
        .stderr_has("hint: ")
        .stderr_has("`cross-util --engine sandbox images check`");
    place
        .images(&["check"])
        .ok()
        .stderr_has(&format!("Damaged `{SMALL}`"));
}

/// There is nothing that this could be made from.
fn a_damaged_base_of_the_users_is_named(engine: &Engine) {
    let place = Place::new(engine);
    let base = super::lowest_layer(engine);
    let description = place.store().join(format!("layers/{base}.json"));
    let text = fs_err::read_to_string(&description).expect("a description");
    let mut layer: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    layer["entries"] = 1.into();
    // A file of its own: the layers of a test's store are links to those of the caller's.
    fs_err::remove_file(&description).expect("a file");
    fs_err::write(&description, layer.to_string()).expect("a file");
    let place = place.dockerfile("RUN true\n");
    let run = place.check().code(101);
    run.stderr_has(&format!("the image `{SMALL}` was damaged on the disk"))
        .stderr_has("hint: ");
}

/// Programs in images may be set-uid, with the caller for their owner.
fn nobody_else_gets_into_the_store(engine: &Engine) {
    let place = made(engine);
    let mode = place.store().metadata().expect("a directory").permissions();
    assert_eq!(mode.mode() & 0o777, 0o700);
}

/// As docker and podman refuse it: what runs there would lose the ground under its feet.
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
