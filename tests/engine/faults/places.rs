//! Odd names of files and directories, and many calls at once.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::process::Child;

use super::{Place, SMALL, built};
use crate::engine::Engine;
use crate::project::Project;

crate::tests![BuiltIn:
    the_store_may_have_any_name,
    a_volume_may_have_any_name,
    a_hundred_calls_at_once_in_one_project,
    a_hundred_calls_at_once_in_as_many_projects,
];

/// Names with characters that overlays, mount tables, shells or terminals treat in a special way.
fn names() -> Vec<OsString> {
    let mut names: Vec<OsString> = [
        "a b",
        "a:b",
        "a,b",
        "a\\b",
        "a'b\"c",
        "a\nb",
        "a\tb",
        "$(id)",
        "-dash",
        "#",
        "a=b,upperdir=c",
        "\\072",
    ]
    .map(OsString::from)
    .into();
    names.push(OsString::from_vec(b"\xff\xfe not text".to_vec()));
    names.push(OsString::from_vec(vec![b'n'; 255]));
    names
}

fn the_store_may_have_any_name(engine: &Engine) {
    for (number, name) in names().into_iter().enumerate() {
        let project = Project::program(engine, "fn main() {}\n");
        let cache = project.path("../caches").join(name);
        let place = Place::in_cache(engine, project, cache);
        let place = place.dockerfile(&format!(
            "COPY src /src\nRUN echo {number} >/one\nRUN cat /one >/two\n"
        ));
        let run = place.check().ok();
        run.clone().expect(built(&run) == 1, "one build");
        place.is_sound();
        assert!(place.leftovers().is_empty(), "{:?}", place.leftovers());
    }
}

/// The directory that a variable names is mounted at its own path. The compiler reads a file in it,
/// whose path the source takes from a variable.
fn a_volume_may_have_any_name(engine: &Engine) {
    let place = Place::new(engine).configure(&format!(
        "image = '{SMALL}'\n[target.x86_64-unknown-linux-gnu.env]\nvolumes = ['ASSETS']\npassthrough = ['FILE']\n"
    ));
    let main = "fn main() {\n    println!(include_str!(env!(\"FILE\")));\n}\n";
    let project = place.project.file("src/main.rs", main);
    let place = Place { project, ..place };
    for name in names() {
        let volumes = place.project.path("../volumes");
        let dir = volumes.join(name);
        fs_err::create_dir_all(&dir).expect("a directory");
        let file = dir.join("file");
        fs_err::write(&file, "text").expect("a file");
        if let Some(account) = &engine.account {
            account.own(&volumes);
        }
        let run = place.check().env("ASSETS", &dir);
        // A path in Rust's source must be valid UTF-8.
        if file.to_str().is_some() {
            run.env("FILE", &file).ok();
            fs_err::remove_file(&file).expect("a file");
            place
                .check()
                .env("ASSETS", &dir)
                .env("FILE", &file)
                .code(101);
        } else {
            run.env("FILE", place.project.path("Cargo.toml")).ok();
        }
    }
}

fn all_end_well(runs: Vec<Child>) {
    for run in runs {
        let output = run.wait_with_output().expect("it ends");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}");
    }
}

fn a_hundred_calls_at_once_in_one_project(engine: &Engine) {
    let place = Place::new(engine);
    place.check().ok();
    all_end_well((0..100).map(|_| place.check().start()).collect());
    assert!(place.leftovers().is_empty(), "{:?}", place.leftovers());
    assert!(engine.containers(&place.project.root()).is_empty());
}

/// The first call builds the image, which all others use.
fn a_hundred_calls_at_once_in_as_many_projects(engine: &Engine) {
    let place = Place::new(engine).dockerfile("RUN echo one >/one\n");
    let mut projects = Vec::new();
    for number in 0..100 {
        let project = Project::program(engine, "fn main() {}\n");
        for file in ["Cross.toml", "Dockerfile"] {
            fs_err::copy(place.project.path(file), project.path(file)).expect("a copy");
        }
        let project = project.file("src/lib.rs", &format!("pub const N: u32 = {number};\n"));
        projects.push(project);
    }
    let args = ["check", "--target", "x86_64-unknown-linux-gnu"];
    let start = |project: &Project<'_>| {
        let run = project.cross(&args);
        run.env("XDG_CACHE_HOME", place.cache()).start()
    };
    let runs: Vec<Child> = projects.iter().map(start).collect();
    let mut builds = 0;
    for run in runs {
        let output = run.wait_with_output().expect("it ends");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}");
        builds += text.matches("Building image `").count();
    }
    assert_eq!(builds, 1);
    place.is_sound();
    assert!(place.leftovers().is_empty(), "{:?}", place.leftovers());
}
