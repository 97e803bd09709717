//! Results that the user will not find: those of a cargo that a program of the project has called
//! without a target, when the user has named one. They are for this machine, made for the image,
//! and stand in a directory that only the image's containers see.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cross_base::fs;

/// The message about new results, if there are some. Each directory comes with the name of the
/// directory in the target directory that it covers.
pub(super) fn message(dirs: &[(String, PathBuf)], began: SystemTime) -> Option<String> {
    let (profile, _) = dirs.iter().find(|(_, dir)| has_new(dir, began))?;
    Some(format!(
        "a program of the project has called cargo without `--target`: its results are not in `target/{profile}`, as they are for the container"
    ))
}

/// Whether cargo has put a program or a library into a profile's directory since a time.
fn has_new(dir: &Path, began: SystemTime) -> bool {
    fs::names_in(dir).iter().any(|name| {
        let lists_sources = Path::new(name).extension().is_some_and(|end| end == "d");
        let is_result = !name.starts_with('.') && !lists_sources;
        let found = fs_err::metadata(dir.join(name)).ok();
        let found = found.filter(|found| is_result && found.is_file());
        let changed = found.and_then(|found| found.modified().ok());
        changed.is_some_and(|changed| changed >= began)
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn new_programs_and_libraries_are_results() {
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join("release");
        let dirs = [("release".to_owned(), own.clone())];
        let began = SystemTime::now() - Duration::from_secs(1);
        assert_eq!(message(&dirs, began), None);
        for name in ["deps/app-1", ".cargo-lock", "app.d"] {
            fs::create_dir_all(own.join(name).parent().unwrap()).unwrap();
            fs_err::write(own.join(name), "").unwrap();
        }
        assert_eq!(message(&dirs, began), None);
        fs_err::write(own.join("app"), "").unwrap();
        assert!(message(&dirs, began).unwrap().contains("`target/release`"));
        let later = SystemTime::now() + Duration::from_secs(9);
        assert_eq!(message(&dirs, later), None);
    }
}
