//! File systems that are full, forbid something, or lack features.

use super::{Place, SMALL};
use crate::engine::Engine;
use crate::run::Run;

crate::tests![BuiltIn:
    on_other_mounts_a_full_disk_is_named_and_the_next_try_works unless super::lacks_root,
    on_other_mounts_a_project_builds_on_any_file_system unless super::lacks_root,
    on_other_mounts_a_store_on_an_overlay_runs_images_but_makes_none unless super::lacks_root,
    on_other_mounts_no_program_has_to_start_in_tmp unless super::lacks_root,
];

/// Runs the command in a script that mounts file systems. Variables name the directories that the
/// script needs.
fn mounted(place: &Place<'_>, run: Run, script: &str) -> Run {
    let spare = place.project.path("../spare");
    for name in ["disk", "upper", "work", "result"] {
        fs_err::create_dir_all(spare.join(name)).expect("a directory");
    }
    if let Some(account) = &place.engine.account {
        account.own(&spare);
    }
    run.env("SPARE", &spare)
        .env("CACHE", place.cache())
        .env("ROOT", place.project.root())
        .in_mounts(script)
}

/// The disk is full once while a step writes, and once before anything can be written.
fn on_other_mounts_a_full_disk_is_named_and_the_next_try_works(engine: &Engine) {
    let script = r#"
        exec 2>&1
        mount -t tmpfs -o size=24m,mode=755 tmpfs "$SPARE/disk"
        cp -a "$CACHE/." "$SPARE/disk"
        chown --reference="$CACHE" "$SPARE/disk"
        mount --bind "$SPARE/disk" "$CACHE"
        head -c 16M /dev/zero >"$CACHE/ballast"
        echo "in a step"
        ! "$@" || echo "it succeeds"
        ls "$CACHE/cross/store/new" "$CACHE"/cross/store/layers/*.json
        cat /dev/zero >"$CACHE/more" || true
        echo "at once"
        ! "$@" || echo "it succeeds"
        rm "$CACHE/ballast" "$CACHE/more"
        echo "with room"
        "$@"
        cp -a "$CACHE/." "$SPARE/result""#;
    let steps = "RUN echo one >/one\nRUN head -c 12000000 /dev/zero >/big\n";
    let place = Place::new(engine).dockerfile(steps);
    let run = mounted(&place, place.check(), script)
        .ok()
        .lacks("it succeeds");
    let (in_a_step, rest) = run.stdout.split_once("at once\n").expect("three parts");
    let (at_once, with_room) = rest.split_once("with room\n").expect("three parts");
    for part in [in_a_step, at_once] {
        let said = part.to_lowercase();
        let message = said.split("\nerror: ").last().unwrap_or_default();
        assert!(message.contains("no space left on device"), "{part}");
        assert_eq!(said.matches("\nerror: ").count(), 1, "{part}");
        assert!(said.matches("\nhint: ").count() <= 1, "{part}");
    }
    assert!(
        in_a_step.contains("hint: free some disk space"),
        "{in_a_step}"
    );
    assert!(!in_a_step.contains("/sandbox/new/"), "{in_a_step}");
    assert!(with_room.contains("Finished image"), "{with_room}");
    // The files after the first failure are those that the last run continued from.
    let result = Place::in_place(&place, place.project.path("../spare/result"));
    result.is_sound();
    assert!(result.leftovers().is_empty(), "{:?}", result.leftovers());
}

/// The project may be on any file system: the engine mounts it, and never uses it as a layer of an
/// overlay.
fn on_other_mounts_a_project_builds_on_any_file_system(engine: &Engine) {
    let mounts = [
        "mount -t tmpfs tmpfs \"$SPARE/disk\"",
        "mount -t overlay -o lowerdir=\"$ROOT\",upperdir=\"$SPARE/upper\",workdir=\"$SPARE/work\" overlay \"$SPARE/disk\"",
    ];
    for mount in mounts {
        let script = format!(
            "{mount}\ncp -a \"$ROOT/.\" \"$SPARE/disk\"\nmount --bind \"$SPARE/disk\" \"$ROOT\"\ncd \"$ROOT\"\n\"$@\""
        );
        let place = Place::new(engine);
        mounted(&place, place.check(), &script)
            .ok()
            .stderr_has("Checking demo");
    }
}

/// In a container, the home directory and thus the store is on an overlay.
fn on_other_mounts_a_store_on_an_overlay_runs_images_but_makes_none(engine: &Engine) {
    let script = r#"
        mount -t overlay -o lowerdir="$CACHE",upperdir="$SPARE/upper",workdir="$SPARE/work" overlay "$SPARE/disk"
        mount --bind "$SPARE/disk" "$CACHE"
        "$@""#;
    let place = Place::new(engine);
    mounted(&place, place.check(), script)
        .ok()
        .stderr_has("Checking demo");
    let place = place.dockerfile("RUN true\n");
    mounted(&place, place.check(), script)
        .code(101)
        .stderr_has("it is on a file system of the kind `overlay`")
        .stderr_has("hint: `XDG_CACHE_HOME` can name a directory on another one")
        .lacks("failed");
    let place = place.configure(&format!("image = '{SMALL}'\n"));
    place.check().ok();
}

/// No program may be started from `/tmp`, except those that the test itself puts there: cross, the
/// account's files and the project.
fn on_other_mounts_no_program_has_to_start_in_tmp(engine: &Engine) {
    let script = r#"
        for dir in /tmp "$PROGRAMS" "$ACCOUNT" "${ROOT%/*}"; do
            [ ! -d "$dir" ] || mount --bind "$dir" "$dir"
        done
        mount -o remount,bind,noexec /tmp
        cp /bin/true /tmp/cross-test-true-$$
        ! /tmp/cross-test-true-$$ 2>/dev/null
        rm /tmp/cross-test-true-$$
        cd "$ROOT"
        "$@""#;
    let place = Place::new(engine).dockerfile("COPY src /src\nRUN test -e /src/main.rs\n");
    let programs = std::path::Path::new(env!("CARGO_BIN_EXE_cross"));
    let account = engine.account.as_ref().map(crate::account::Account::cross);
    let dir = |path: Option<&std::path::Path>| {
        path.and_then(|p| p.parent())
            .map(|p| p.as_os_str().to_owned())
    };
    let run = place
        .check()
        .env("PROGRAMS", dir(Some(programs)).expect("a directory"))
        .env("ACCOUNT", dir(account.as_deref()).unwrap_or_default());
    mounted(&place, run, script)
        .ok()
        .stderr_has("Finished image")
        .stderr_has("Checking demo");
}
