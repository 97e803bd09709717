//! Foreign images for the built-in engine, with files that lead out of the image.

use std::io::Write as _;
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};
use tar::EntryType;

use crate::engine::Engine;
use crate::faults::{Place, SMALL};

crate::tests![BuiltIn:
    an_image_whose_proc_is_a_link_is_refused,
    an_image_whose_sys_or_dev_is_a_link_is_refused,
    a_dockerfile_from_an_image_with_links_is_refused,
    a_link_of_an_image_leads_no_mount_out_of_it,
    an_archive_that_names_files_of_the_host_is_refused,
    an_archive_with_a_name_for_the_terminal_is_refused,
    a_layer_is_not_taken_for_another_with_the_same_beginning,
    a_store_of_somebody_elses_is_refused,
];

/// The name of the image that a test makes.
const NAME: &str = "localhost/cross-test/foreign:1";

/// An entry of an archive: its path, its kind, and its text or a link's target.
type Entry<'a> = (&'a str, EntryType, &'a str);

fn tar(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, kind, text) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_mode(0o755);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(0);
        if kind.is_symlink() {
            archive
                .append_link(&mut header, path, text)
                .expect("memory");
        } else {
            header.set_size(u64::try_from(text.len()).expect("a short text"));
            archive
                .append_data(&mut header, path, text.as_bytes())
                .expect("memory");
        }
    }
    archive.into_inner().expect("memory")
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// An archive as `docker save` writes it, with the small image's layer and one more.
fn saved(place: &Place<'_>, name: &str, layer: &[u8], file: &str) -> Vec<u8> {
    described(place, name, layer, file, &serde_json::json!({}))
}

/// The same with settings for containers.
fn described(
    place: &Place<'_>,
    name: &str,
    layer: &[u8],
    file: &str,
    settings: &serde_json::Value,
) -> Vec<u8> {
    let base = format!("sha256:{}", place.base());
    let config = serde_json::json!({
        "config": settings,
        "rootfs": { "type": "layers", "diff_ids": [base, digest(layer)] },
    });
    let manifest = serde_json::json!([
        { "Config": "config.json", "RepoTags": [name], "Layers": ["base.tar", file] },
    ]);
    let mut archive = tar::Builder::new(Vec::new());
    let texts = [
        ("config.json", config.to_string()),
        ("manifest.json", manifest.to_string()),
    ];
    let mut files: Vec<(&str, &[u8])> = texts.iter().map(|(n, t)| (*n, t.as_bytes())).collect();
    files.push(("layer.tar", layer));
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(u64::try_from(bytes.len()).expect("a short file"));
        archive
            .append_data(&mut header, path, bytes)
            .expect("memory");
    }
    archive.into_inner().expect("memory")
}

/// A project whose image has these files in a layer upon the small image.
fn place<'a>(engine: &'a Engine, entries: &[Entry<'_>]) -> Place<'a> {
    let place = Place::new(engine);
    let archive = saved(&place, NAME, &tar(entries), "layer.tar");
    import(&place, &archive).ok();
    place.configure(&format!("image = '{NAME}'\n"))
}

/// Gives the small image with these settings for containers a name of its own.
pub(crate) fn name_with(place: &Place<'_>, name: &str, settings: &serde_json::Value) {
    let archive = described(place, name, &tar(&[]), "layer.tar", settings);
    import(place, &archive).ok();
}

fn import(place: &Place<'_>, archive: &[u8]) -> crate::run::Run {
    let file = place.project.path("../image.tar");
    let mut out = fs_err::File::create(&file).expect("a file");
    out.write_all(archive).expect("a file");
    place.images(&["import", &file.display().to_string()])
}

#[track_caller]
fn is_refused(engine: &Engine, name: &str, target: &str) {
    let place = place(engine, &[(name, EntryType::Symlink, target)]);
    let expected = format!("`/{name}` of the image is not a directory");
    place
        .check()
        .output()
        .stderr_has(&expected)
        .lacks("Finished");
}

fn an_image_whose_proc_is_a_link_is_refused(engine: &Engine) {
    for target in [".", "/", "..", "/proc/self/fd/3"] {
        is_refused(engine, "proc", target);
    }
    // The control: an image with a directory in this place.
    let file = ("etc/mark", EntryType::Regular, "text");
    let place = place(engine, &[("proc/", EntryType::Directory, ""), file]);
    place.check().ok();
}

fn an_image_whose_sys_or_dev_is_a_link_is_refused(engine: &Engine) {
    for name in ["sys", "dev"] {
        for target in [".", "/tmp", "/proc/self/fd/3"] {
            is_refused(engine, name, target);
        }
    }
}

fn a_dockerfile_from_an_image_with_links_is_refused(engine: &Engine) {
    let place = place(engine, &[("proc", EntryType::Symlink, ".")]);
    let from = format!("FROM {NAME}\nRUN : >/ran\n");
    let place = place
        .configure("dockerfile = 'Dockerfile'\n")
        .file("Dockerfile", &from);
    place
        .check()
        .output()
        .stderr_has("`/proc` of the image is not a directory")
        .lacks("Finished");
    // The control: the small image, in which this is a directory.
    let place = place.file("Dockerfile", &format!("FROM {SMALL}\nRUN : >/ran\n"));
    place.check().ok();
}

/// The project, the user's entry and the certificates are mounted at paths that an image could
/// replace by links.
fn a_link_of_an_image_leads_no_mount_out_of_it(engine: &Engine) {
    for (name, target, works) in [
        ("etc/passwd", "/proc/self/fd/3", false),
        ("etc/passwd", "../sys/power/state", false),
        ("etc/resolv.conf", "/proc/sys/kernel/core_pattern", false),
        ("tmp", "/proc/sys", false),
        ("tmp", "/proc/self/root", false),
        ("tmp", "/data", true),
        ("etc/passwd", "../data/passwd", true),
    ] {
        let data = ("data/", EntryType::Directory, "");
        let place = place(engine, &[data, (name, EntryType::Symlink, target)]);
        let outcome = place.check().output();
        let works_now = outcome.exit_code() == 0;
        outcome
            .lacks("can write")
            .expect(works_now == works, &format!("{name} -> {target}: {works}"));
    }
}

/// The engine reads only entries of the archive, and not without limit.
fn an_archive_that_names_files_of_the_host_is_refused(engine: &Engine) {
    let place = Place::new(engine);
    let layer = tar(&[("file", EntryType::Regular, "text")]);
    let outside = place.project.path("../outside.tar");
    fs_err::write(&outside, &layer).expect("a file");
    let outside = outside.display().to_string();
    for file in [&*outside, "../../../../outside.tar", "/dev/zero", "."] {
        let archive = saved(&place, NAME, &layer, file);
        import(&place, &archive)
            .output()
            .stderr_has("it has no file")
            .lacks("Imported");
    }
    let archive = saved(&place, NAME, &layer, "layer.tar");
    import(&place, &archive).ok().stderr_has("Imported");
}

fn an_archive_with_a_name_for_the_terminal_is_refused(engine: &Engine) {
    let place = Place::new(engine);
    let layer = tar(&[("file", EntryType::Regular, "text")]);
    let archive = saved(&place, "evil\u{1b}]0;title\u{7}:1", &layer, "layer.tar");
    import(&place, &archive)
        .output()
        .stderr_has("is no name of an image")
        .lacks("\u{1b}]0")
        .lacks("Imported");
    // The control: the same archive with another name.
    let archive = saved(&place, NAME, &layer, "layer.tar");
    import(&place, &archive).ok();
}

/// The author of an image chooses the names of its layers.
fn a_layer_is_not_taken_for_another_with_the_same_beginning(engine: &Engine) {
    let place = Place::new(engine);
    let layer = tar(&[("file", EntryType::Regular, "text")]);
    let archive = saved(&place, NAME, &layer, "layer.tar");
    import(&place, &archive).ok();
    let whole = digest(&layer);
    let forged = format!("{}{}", &whole[..whole.len() - 24], "0".repeat(24));
    let text = String::from_utf8_lossy(&archive).replace(&whole, &forged);
    import(&place, text.as_bytes())
        .output()
        .stderr_has("is damaged")
        .lacks("Imported");
}

fn a_store_of_somebody_elses_is_refused(engine: &Engine) {
    if !rustix::process::getuid().is_root() {
        crate::skip("only root gives things away");
    }
    let place = Place::new(engine);
    place.check().ok();
    let store: PathBuf = place.store();
    std::os::unix::fs::lchown(&store, Some(54_322), None).expect("root gives things away");
    place
        .check()
        .output()
        .stderr_has("belongs to another user (54322)")
        .lacks("Finished");
}
