use std::os::unix::fs::symlink;

use super::walk::step_by_step;
use super::*;

/// A temporary directory with `written/way/end`, a link beside `end` that leads out, and the
/// directory to which the link leads.
fn prepared() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let (written, outside) = (dir.path().join("written"), dir.path().join("outside"));
    for path in [written.join("way"), outside.join("way")] {
        fs::create_dir_all(&path).unwrap();
        fs::write_if_changed(&path.join("end"), b"text").unwrap();
    }
    symlink(&outside, written.join("out")).unwrap();
    symlink(outside.join("way/end"), written.join("way/leads-out")).unwrap();
    (dir, written, outside)
}

fn names(dir: &Path) -> Vec<String> {
    let mut names = fs::names_in(dir);
    names.sort();
    names
}

#[test]
fn the_way_begins_at_the_outermost_directory_that_is_written_to() {
    let written = ["/p/target/x", "/p/target", "/q"].map(PathBuf::from);
    let place = Place::new(Path::new("/p/target/x/y"), &written);
    assert_eq!(place.base, Path::new("/p/target"));
    assert_eq!(place.below, Path::new("x/y"));
    for path in ["/p/target", "/p/targets/x", "/elsewhere"] {
        let place = Place::new(Path::new(path), &written);
        assert!(place.is_trusted(), "{place:?}");
        assert_eq!(place.path(), Path::new(path));
    }
}

#[test]
fn no_link_is_followed_whatever_is_done_and_it_is_named() {
    let (_dir, written, outside) = prepared();
    let place = |path: &str| Place::new(&written.join(path), std::slice::from_ref(&written));
    let inside = place("out/way/end");
    let before = names(&outside);
    for (error, link) in [
        (inside.open().unwrap_err(), "out"),
        (inside.read(10).unwrap_err(), "out"),
        (inside.remove().unwrap_err(), "out"),
        (inside.check().unwrap_err(), "out"),
        (place("out/new").make_dir().unwrap_err(), "out"),
        (place("out").make_dir().unwrap_err(), "out"),
        (place("out/new").touch().unwrap_err(), "out"),
        (place("out/new").create(b"").unwrap_err(), "out"),
        (place("out/new").link(Path::new("/x")).unwrap_err(), "out"),
        (
            place("way/leads-out").read(10).unwrap_err(),
            "way/leads-out",
        ),
        (place("way/leads-out").touch().unwrap_err(), "way/leads-out"),
        (place("way/leads-out").check().unwrap_err(), "way/leads-out"),
    ] {
        let named = format!("`{}` is a symbolic link", written.join(link).display());
        assert!(error.message().starts_with(&named), "{error:?}");
    }
    assert_eq!(names(&outside), before);
    assert_eq!(names(&outside.join("way")), ["end"]);
}

#[test]
fn where_there_is_no_link_all_is_done() {
    let (_dir, written, _) = prepared();
    let place = |path: &str| Place::new(&written.join(path), std::slice::from_ref(&written));
    assert_eq!(place("way/end").read(4).unwrap().as_deref(), Some("text"));
    assert!(place("way/end").read(3).is_err());
    assert_eq!(place("way/other").read(3).unwrap(), None);
    assert!(place("a/b/c").make_dir().unwrap().made);
    assert!(!place("a/b/c").make_dir().unwrap().made);
    place("a/b/c/file").touch().unwrap();
    place("a/b/c/text").create(b"1").unwrap();
    place("a/b/c/text").create(b"2").unwrap();
    place("a/b/link").link(Path::new("/nowhere")).unwrap();
    place("a/b/link").link(Path::new("/elsewhere")).unwrap();
    assert_eq!(names(&written.join("a/b/c")), ["file", "text"]);
    assert_eq!(place("a/b/c/text").read(9).unwrap().as_deref(), Some("1"));
    assert_eq!(
        fs::leads_to(&written.join("a/b/link")).unwrap(),
        Path::new("/nowhere")
    );
    place("a/b/c/text").remove().unwrap();
    place("a/b/c/text").remove().unwrap();
    // The link itself is removed, not its target.
    place("way/leads-out").remove().unwrap();
    assert_eq!(names(&written.join("a/b/c")), ["file"]);
}

#[test]
fn a_pipe_is_no_text_to_wait_for() {
    let (_dir, written, _) = prepared();
    let pipe = written.join("pipe");
    let kind = FileType::Fifo;
    rustix::fs::mknodat(CWD, &pipe, kind, Mode::from_raw_mode(0o600), 0).unwrap();
    assert!(Place::new(&pipe, &[written]).read(10).is_err());
}

#[test]
fn without_the_system_call_no_link_is_followed_either() {
    let (_dir, written, _) = prepared();
    let dir = base(&written).unwrap();
    let open = |path: &str, flags| {
        step_by_step(dir.as_fd(), Path::new(path), flags, Mode::empty()).map(drop)
    };
    for flags in [OFlags::PATH, OFlags::RDONLY] {
        assert_eq!(open("way/end", flags), Ok(()));
        assert_eq!(open("way/leads-out", flags), Err(Errno::LOOP));
        assert!(open("out/way/end", flags).is_err());
    }
    assert_eq!(open("..", OFlags::PATH), Err(Errno::INVAL));
}

#[test]
fn a_file_is_there_as_a_whole_and_is_never_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let long = "x".repeat(255);
    let place = Place::new(&dir.path().join(&long), &[dir.path().to_owned()]);
    place.create(b"first").unwrap();
    place.create(b"second").unwrap();
    assert_eq!(fs_err::read(place.path()).unwrap(), b"first");
    let names = fs_err::read_dir(dir.path()).unwrap();
    assert_eq!(names.count(), 1);
    // What could not be written whole leaves nothing behind.
    let open = place.parent().unwrap().0.make_dir().unwrap();
    open.create(OsStr::new(&"y".repeat(256)), b"text")
        .unwrap_err();
    assert_eq!(fs_err::read_dir(dir.path()).unwrap().count(), 1);
}
