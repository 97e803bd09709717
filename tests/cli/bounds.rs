//! What a project may ask for outside of itself, and what the user is told about it. Each refused
//! place has a control: the same request for a harmless place, or one that the user makes, is
//! granted.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::cross::Cross;
use crate::fixture::{AARCH64, Fixture, text};

/// A machine whose home directory holds keys, and a harmless directory `assets` beside the project.
pub(crate) fn machine() -> Fixture {
    let fixture = Fixture::new();
    fixture.write("home/.ssh/id", "decoy");
    fixture.krate("home", "whole", "");
    fixture.krate("home/.ssh", "keys", "");
    fixture.krate("assets", "assets", "");
    fixture
}

/// Makes `path` a symbolic link to `to`. An absolute `to` is a directory of the system.
fn link(fixture: &Fixture, path: &str, to: &str) {
    let link = fixture.root.join(path);
    let _ = fs::remove_file(&link);
    symlink(fixture.root.join(to), link).expect("the name is free");
}

pub(crate) fn allowed<'a>(fixture: &'a Fixture, path: &str) -> Cross<'a> {
    let path = fixture.root.join(path);
    fixture.build().env("CROSS_ALLOW_MOUNTS", path)
}

#[test]
fn a_link_to_the_home_or_the_system_is_no_reason_to_mount_it() {
    let fixture = machine();
    fixture.krate("project", "hello", "[workspace]\nmembers = ['member']\n");
    fixture.krate("project/member", "member", "");
    let plain = fixture.build().run().line();
    for dir in [
        "project",
        "project/src",
        "project/member",
        "project/member/src",
    ] {
        let name = format!("{dir}/link");
        for place in [
            "home",
            "home/.ssh",
            "home/.ssh/id",
            "/",
            "/tmp",
            "/etc",
            "/usr/share",
            "/opt",
            "/dev",
            "/run",
        ] {
            link(&fixture, &name, place);
            let ran = fixture.build().run();
            // Cargo searches the whole tree of a package and skips directories with a manifest, so
            // a link to `/` gets a manifest that stops the search.
            let manifest =
                "+ --mount type=bind,source=[CACHE]/files/root.toml,target=/Cargo.toml,readonly";
            let differs = if place == "/" { manifest } else { "" };
            ran.line().differs(&plain, differs);
            ran.says_exactly("");
        }
        // The same holds for a link to a link: the real place counts.
        link(&fixture, "other", "home/.ssh");
        link(&fixture, &name, "other");
        fixture.build().run().line().differs(&plain, "");
        link(&fixture, &name, "assets");
        let mount = "+ --mount type=bind,source=[ROOT]/assets,target=[ROOT]/assets,readonly";
        fixture.build().run().line().differs(&plain, mount);
        fixture.remove(&name);
    }
    link(&fixture, "project/link", "home/.ssh");
    fixture
        .build()
        .arg("-v")
        .run()
        .says("without `[HOME]/.ssh` (the link `[PROJECT]/link`): which holds keys");
    allowed(&fixture, "home/.ssh")
        .run()
        .line()
        .has("--mount type=bind,source=[HOME]/.ssh,target=[HOME]/.ssh,readonly");
}

/// A way in which a project asks for a place, and the words by which the error names the asker.
struct Case {
    ask: fn(&Fixture, &Path),
    asker: &'static str,
}

/// Writes a file of the project, with the place instead of `[]`.
pub(crate) fn says(fixture: &Fixture, file: &str, text_of: &str, place: &Path) {
    fixture.file(file, &text_of.replace("[]", text(place)));
}

/// Writes the project's manifest with these lines, in which the place replaces `[]`.
fn depends(fixture: &Fixture, more: &str, place: &Path) {
    fixture.krate("project", "hello", &more.replace("[]", text(place)));
}

pub(crate) const CARGO: &str = ".cargo/config.toml";

const CASES: &[Case] = &[
    Case {
        ask: |f, place| says(f, CARGO, "build.target-dir = '[]'", place),
        asker: "`build.target-dir` in `[PROJECT]/.cargo/config.toml`",
    },
    Case {
        ask: |f, place| says(f, CARGO, "source.x.directory = '[]'", place),
        asker: "`source.x.directory` in `[PROJECT]/.cargo/config.toml`",
    },
    Case {
        ask: |f, place| says(f, CARGO, "paths = ['[]']", place),
        asker: "`paths` in `[PROJECT]/.cargo/config.toml`",
    },
    Case {
        ask: |f, place| depends(f, "[dependencies]\nx.path = '[]'", place),
        asker: "a path dependency in `[PROJECT]/Cargo.toml`",
    },
    Case {
        ask: |f, place| depends(f, "[patch.crates-io]\nx.path = '[]'", place),
        asker: "a patch in `[PROJECT]/Cargo.toml`",
    },
    Case {
        ask: |f, place| says(f, "Cross.toml", "build.env.volumes = ['X=[]']", place),
        asker: "`build.env.volumes` in `[PROJECT]/Cross.toml`",
    },
    Case {
        ask: |f, place| symlink(place, f.project.join("target")).expect("the name is free"),
        asker: "the link `[PROJECT]/target`",
    },
];

#[test]
fn what_a_project_asks_for_in_so_many_words_is_refused_by_name() {
    for Case { ask, asker } in CASES {
        for (place, why) in [("home", "is a home directory"), ("home/.ssh", "holds keys")] {
            let fixture = machine();
            let path = fixture.root.join(place);
            ask(&fixture, &path);
            let shown = fixture.generalise(text(&path));
            fixture.build().refuses(
                101,
                &format!(
                    "
                    error: {asker} asks for `{shown}`, which {why}
                    hint: `CROSS_ALLOW_MOUNTS={shown}` in the environment allows it
                    "
                ),
            );
            let line = allowed(&fixture, place).run().line();
            let mount = format!("--mount type=bind,source={shown},target={shown}");
            assert!(line.text().contains(&mount), "{}", line.text());
        }
        let fixture = machine();
        // Results do not go where a manifest is.
        let place = if asker.contains("target") {
            "results"
        } else {
            "assets"
        };
        ask(&fixture, &fixture.directory(place));
        let ran = fixture.build().run();
        let mount = format!("--mount type=bind,source=[ROOT]/{place},target=[ROOT]/{place}");
        assert!(ran.line().text().contains(&mount), "{ran}");
        let asker = asker.replace("[PROJECT]/", "");
        ran.says(&format!("    Mounting [ROOT]/{place} ({asker})"));
    }
}

#[test]
fn what_is_shown_for_reading_is_not_written_to_because_a_key_names_it_too() {
    for (place, is_refused) in [
        ("home/.lib", true),
        ("home/.cache/lib", true),
        ("lib", false),
    ] {
        let fixture = machine();
        // A dependency in another project would stay read-only.
        fixture.krate(place, "lib", "");
        let path = fixture.root.join(place);
        depends(&fixture, "[dependencies]\nlib.path = '[]'", &path);
        let shown = fixture.generalise(text(&path));
        let mount = format!("--mount type=bind,source={shown},target={shown}");
        let line = fixture.build().run().line();
        line.has(&format!("{mount},readonly"));
        let volumes = format!("build.env.volumes = ['X={}']\n", text(&path));
        fixture.file("Cross.toml", &volumes);
        let ran = fixture.build().run();
        if is_refused {
            let key = "`build.env.volumes` in `[PROJECT]/Cross.toml`";
            ran.code(101)
                .says(&format!("error: {key} asks for `{shown}`"));
        } else {
            ran.says("(`build.env.volumes` in `Cross.toml`)");
            ran.line().has(&format!("{mount},readonly"));
            let line = allowed(&fixture, place).run().line();
            assert!(!line.text().contains(&format!("{mount},readonly")));
        }
    }
}

#[test]
fn the_users_own_settings_may_name_any_place() {
    let fixture = machine();
    let place = fixture.root.join("home/.ssh");
    let mount = "--mount type=bind,source=[HOME]/.ssh,target=[HOME]/.ssh";
    fixture
        .build()
        .env("CARGO_TARGET_DIR", &place)
        .run()
        .line()
        .has(mount);
    fixture
        .build()
        .arg("--target-dir")
        .arg(&place)
        .run()
        .line()
        .has(mount);
    let config = format!("build.target-dir = '{}'", text(&place));
    fixture
        .build()
        .arg("--config")
        .arg(&config)
        .run()
        .line()
        .has(mount);
    fixture.write("home/.cargo/config.toml", &config);
    fixture.build().run().line().has(mount);
    fixture.remove("home/.cargo/config.toml");
    let volumes = format!("X={}", text(&place));
    let build = fixture.build().env("CROSS_BUILD_ENV_VOLUMES", volumes);
    build.run().line().has(mount);
    let config = format!("build.env.volumes = ['X={}']\n", text(&place));
    let config = fixture.write("mine.toml", &config);
    fixture
        .build()
        .env("CROSS_CONFIG", config)
        .run()
        .line()
        .has(mount);
    let cache = fixture.directory("home/.cache/sccache");
    let mount = "--mount type=bind,source=[HOME]/.cache/sccache,target=[HOME]/.cache/sccache";
    let build = || fixture.build().env("SCCACHE_DIR", &cache);
    let ran = build().env("CROSS_BUILD_ENV_VOLUMES", "SCCACHE_DIR").run();
    ran.line().has(mount);
    // The project chooses which variable is mounted. The user set the variable's value, but did not
    // ask for the mount.
    fixture.file("Cross.toml", "build.env.volumes = ['SCCACHE_DIR']\n");
    build().run().code(101).says("asks for `[HOME]/.cache/sccache`, and `[HOME]` is a home directory\n\
                                  hint: `CROSS_ALLOW_MOUNTS=[HOME]/.cache/sccache` in the environment allows it");
    fixture.file("Cross.toml", "build.env.volumes = ['HOME']\n");
    let ran = fixture.build().run();
    ran.code(101);
    ran.says("`build.env.volumes` in `[PROJECT]/Cross.toml` asks for `[HOME]`, which is a home directory");
}

#[test]
fn the_root_of_all_files_cannot_be_mounted_by_anybody() {
    let fixture = machine();
    fixture.file("Cross.toml", "build.env.volumes = ['X=/']\n");
    fixture.build().env("CROSS_ALLOW_MOUNTS", "/").refuses(
        101,
        "
        error: `build.env.volumes` in `[PROJECT]/Cross.toml` asks for `/`: the root of all files cannot be mounted
        hint: name a directory below it
        ",
    );
    fixture.remove("project/Cross.toml");
    fixture.build().env("CROSS_BUILD_ENV_VOLUMES", "X=/").refuses(
        101,
        "
        error: the variable `CROSS_BUILD_ENV_VOLUMES` asks for `/`: the root of all files cannot be mounted
        hint: name a directory below it
        ",
    );
}

#[test]
fn a_file_that_a_project_has_read_is_held_against_the_bounds() {
    type Ask = fn(&Fixture, &str);
    let secret = |fixture: &Fixture, name: &str, content: &str| {
        let path = fixture.write(&format!("home/.config/{name}"), content);
        text(&path).to_owned()
    };
    let cases: [(&str, &str, Ask); 6] = [
        (
            "x.toml",
            "`include` in `[PROJECT]/.cargo/config.toml`",
            |f, path| {
                f.file(".cargo/config.toml", &format!("include = ['{path}']\n"));
            },
        ),
        (
            "x.pem",
            "`http.cainfo` in `[PROJECT]/.cargo/config.toml`",
            |f, path| {
                f.file(".cargo/config.toml", &format!("http.cainfo = '{path}'\n"));
            },
        ),
        (
            "x.json",
            "`build.target` in `[PROJECT]/.cargo/config.toml`",
            |f, path| {
                f.file(".cargo/config.toml", &format!("build.target = '{path}'\n"));
                f.file("Cross.toml", "target.x.image = 'some/image:1'\n");
            },
        ),
        (
            "Dockerfile",
            "`build.dockerfile` in `[PROJECT]/Cross.toml`",
            |f, path| {
                f.file("Cross.toml", &format!("build.dockerfile = '{path}'\n"));
            },
        ),
        (
            "x.sh",
            "`build.pre-build` in `[PROJECT]/Cross.toml`",
            |f, path| {
                f.file("Cross.toml", &format!("build.pre-build = '{path}'\n"));
            },
        ),
        (
            "",
            "`build.dockerfile` in `[PROJECT]/Cross.toml`",
            |f, path| {
                f.file("D", "FROM debian\nCOPY x /\n");
                f.file(
                    "Cross.toml",
                    &format!("build.dockerfile = {{ file = 'D', context = '{path}' }}\n"),
                );
            },
        ),
    ];
    for (name, asker, ask) in cases {
        let fixture = machine();
        let path = if name.is_empty() {
            secret(&fixture, "x", "");
            text(&fixture.root.join("home/.config")).to_owned()
        } else {
            secret(&fixture, name, "")
        };
        ask(&fixture, &path);
        let words = if name == "x.json" {
            "build"
        } else {
            "build --target aarch64-unknown-linux-gnu"
        };
        let ran = fixture.cross(words).run();
        ran.code(101);
        ran.says(&format!(
            "error: {asker} asks for `{}`",
            fixture.generalise(&path)
        ));
        assert!(
            ran.lines().is_empty() && ran.calls_of("docker build").is_empty(),
            "{ran}"
        );
        let ran = fixture.cross(words).env("CROSS_ALLOW_MOUNTS", &path).run();
        assert!(!ran.stderr.contains(" asks for "), "{ran}");
    }
}

#[test]
fn a_lock_file_is_written_within_bounds_only() {
    for there in [false, true] {
        let fixture = machine();
        fixture.remove("project/Cargo.lock");
        if there {
            fixture.write("home/.ssh/authorized_keys", "mine");
        }
        link(&fixture, "project/Cargo.lock", "home/.ssh/authorized_keys");
        fixture.build().refuses(
            101,
            "
            error: the link `[PROJECT]/Cargo.lock` asks for `[HOME]/.ssh/authorized_keys`, and `[HOME]/.ssh` holds keys
            hint: `CROSS_ALLOW_MOUNTS=[HOME]/.ssh/authorized_keys` in the environment allows it
            ",
        );
    }
    let fixture = machine();
    let lock = fixture.read("project/Cargo.lock");
    fixture.write("locks/Cargo.lock", &lock);
    fixture.remove("project/Cargo.lock");
    link(&fixture, "project/Cargo.lock", "locks/Cargo.lock");
    fixture
        .build()
        .run()
        .says("    Mounting [ROOT]/locks/Cargo.lock (the link `Cargo.lock`)");
}

#[test]
fn a_gitdir_must_look_like_a_git_directory_and_be_within_bounds() {
    let fixture = machine();
    let plain = fixture.build().run().line();
    let git_dir = |path: &str| {
        for name in ["HEAD", "objects/x"] {
            fixture.write(&format!("{path}/{name}"), "x");
        }
    };
    git_dir("home/.config/git-dir");
    fixture.directory("nothing/special");
    for (path, why) in [
        ("home", "it is no git directory"),
        ("nothing", "it is no git directory"),
        (
            "home/.config/git-dir",
            "holds the settings and tokens of programs",
        ),
    ] {
        fixture.file(
            ".git",
            &format!("gitdir: {}\n", text(&fixture.root.join(path))),
        );
        let ran = fixture.build().arg("-v").run();
        ran.says(&format!(
            "without `{}` (`gitdir` in `[PROJECT]/.git`)",
            fixture.generalise(text(&fixture.root.join(path)))
        ));
        ran.says(why);
        fixture.build().run().line().differs(&plain, "");
    }
    // A directory whose `commondir` names a second directory, outside the bounds.
    fixture.write("fake/HEAD", "x");
    fixture.write("fake/commondir", "../home\n");
    fixture.file(".git", "gitdir: ../fake\n");
    fixture.build().run().line().differs(&plain, "");
    git_dir("real");
    fixture.file(".git", "gitdir: ../real\n");
    let mount = "+ --mount type=bind,source=[ROOT]/real,target=[ROOT]/real,readonly";
    fixture.build().run().line().differs(&plain, mount);
}

#[test]
fn what_is_outside_is_told_once_per_change() {
    let fixture = machine();
    fixture.build().run().says_exactly("");
    assert!(!fixture.has("home/.cache/cross/notices"));
    link(&fixture, "project/link", "assets");
    let first = "    Mounting [ROOT]/assets (the link `link`)\n";
    fixture.build().arg("-q").run().says_exactly("");
    fixture.build().run().says_exactly(first);
    fixture.build().run().says_exactly("");
    fixture.build().arg("-v").run().says(first);
    let plan = fixture
        .util(&format!("plan -- build --target {AARCH64}"))
        .run();
    assert!(plan.stdout.contains("# Mounting "), "{plan}");
    fixture.krate(
        "project",
        "hello",
        "[dependencies]\nassets.path = '../assets'\n",
    );
    let second = "    Mounting [ROOT]/assets (a path dependency in `Cargo.toml`)\n";
    fixture.build().run().says_exactly(second);
    fixture.build().run().says_exactly("");
}

#[test]
fn a_path_cannot_speak_to_the_terminal() {
    let fixture = machine();
    let odd = fixture.directory("odd\u{1b}]0;title\u{7}");
    symlink(odd, fixture.project.join("link")).expect("the name is free");
    let ran = fixture.build().run();
    assert!(!ran.stderr.contains('\u{1b}'), "{ran}");
    ran.says("odd\\u{1b}]0;title\\u{7} (the link `link`)");
}

#[test]
fn a_project_that_is_the_home_directory_is_built_with_one_warning() {
    let fixture = machine();
    fixture.lock("home", "whole");
    let ran = fixture.build().dir("home").run();
    ran.line()
        .has("--mount type=bind,source=[HOME],target=[HOME],readonly");
    ran.says_exactly(
        "warning: the workspace's root `[HOME]` is a home directory: every build script can read all that is in it",
    );
    fixture.build().dir("home").run().says_exactly("");
}
