//! Other projects of the user's, which a project does not get to write to.

use std::os::unix::fs::symlink;
use std::path::Path;

use crate::bounds::{CARGO, allowed, machine, says};
use crate::fixture::{Fixture, text};

/// A container could otherwise leave hooks and settings there, or change the sources.
#[test]
fn another_project_is_not_written_to_because_a_volume_leads_there() {
    for (volume, found) in [
        ("other", "other/.git"),
        ("other/.git/hooks", "other/.git"),
        ("other/src", "other/.git"),
        ("other/src/main.rs", "other/.git"),
        ("plain/src", "plain/Cargo.toml"),
        ("others", "others/a/rust-toolchain"),
        ("project/.git", "project/.git"),
    ] {
        let fixture = machine();
        fixture.krate("other", "other", "");
        fixture.write("other/.git/hooks/x", "");
        fixture.krate("plain", "plain", "");
        fixture.write("others/a/rust-toolchain", "");
        fixture.write("project/.git/x", "");
        let path = fixture.root.join(volume);
        says(
            &fixture,
            "Cross.toml",
            "build.env.volumes = ['X=[]']",
            &path,
        );
        let (shown, found) = (
            fixture.generalise(text(&path)),
            fixture.generalise(text(&fixture.root.join(found))),
        );
        let mount = format!("--mount type=bind,source={shown},target={shown}");
        let ran = fixture.build().run();
        ran.says(&format!(
            "Note `{shown}` (`build.env.volumes` in `[PROJECT]/Cross.toml`) is read-only, as `{found}` is there: \
             `CROSS_ALLOW_MOUNTS={shown}` in the environment opens it"
        ));
        ran.line().has(&format!("{mount},readonly"));
        let line = allowed(&fixture, volume).run().line();
        assert!(line.text().contains(&mount), "{volume}");
        assert!(
            !line.text().contains(&format!("{mount},readonly")),
            "{volume}"
        );
    }
}

#[test]
fn another_projects_cache_is_written_to_if_a_volume_leads_there() {
    let fixture = machine();
    fixture.krate("other", "other", "");
    let tag = fixture.write("other/out/CACHEDIR.TAG", "");
    let dir = tag.parent().expect("it is in a directory");
    says(&fixture, "Cross.toml", "build.env.volumes = ['X=[]']", dir);
    let mount = "--mount type=bind,source=[ROOT]/other/out,target=[ROOT]/other/out";
    let line = fixture.build().run().line();
    line.has(mount);
    assert!(!line.text().contains(&format!("{mount},readonly")));
}

#[test]
fn results_do_not_go_where_another_project_is() {
    for (dir, found) in [
        ("other", "other/.git"),
        ("other/src", "other/.git"),
        ("project/.git", "project/.git"),
    ] {
        let ways: [fn(&Fixture, &Path); 2] = [
            |f, place| says(f, CARGO, "build.target-dir = '[]'", place),
            |f, place| symlink(place, f.project.join("target")).expect("the name is free"),
        ];
        let askers = [
            "`build.target-dir` in `[PROJECT]/.cargo/config.toml`",
            "the link `[PROJECT]/target`",
        ];
        for (ask, asker) in ways.into_iter().zip(askers) {
            let fixture = machine();
            fixture.krate("other", "other", "");
            fixture.write("other/.git/hooks/x", "");
            fixture.write("project/.git/x", "");
            let path = fixture.root.join(dir);
            ask(&fixture, &path);
            let (shown, found) = (
                fixture.generalise(text(&path)),
                fixture.generalise(text(&fixture.root.join(found))),
            );
            fixture.build().refuses(
                101,
                &format!(
                    "
                    error: {asker} asks to write to `{shown}`, and `{found}` is there
                    hint: `CROSS_ALLOW_MOUNTS={shown}` in the environment allows it
                    "
                ),
            );
            allowed(&fixture, dir).run().success();
        }
    }
    let fixture = machine();
    fixture.write("project/.git/config", "");
    fixture.remove("project/Cargo.lock");
    symlink(".git/config", fixture.project.join("Cargo.lock")).expect("the name is free");
    let ran = fixture.build().run();
    ran.code(101).says(
        "error: the link `[PROJECT]/Cargo.lock` asks to write to `[PROJECT]/.git/config`, and",
    );
}
