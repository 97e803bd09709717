//! Cargo's home directory on the host.

use std::path::{Path, PathBuf};

use crate::base::fs;
use crate::base::pattern::matches;
use crate::plan::CargoHome;

/// Looks at cargo's home, which need not be there yet, and for where else it is in directories that the container sees.
pub(super) fn cargo_home<'a>(path: &Path, dirs: impl Iterator<Item = &'a Path>) -> CargoHome {
    let existing = path.ancestors().find(|dir| dir.exists());
    let real = fs::canonical(path);
    let place = |dir: &Path| Some(dir.join(real.strip_prefix(fs::canonical(dir)).ok()?));
    let mut places: Vec<PathBuf> = dirs.filter_map(place).collect();
    places.sort();
    places.dedup();
    places.retain(|place| place != path);
    let entries = fs::names_in(path);
    let is_other = |name: &&String| {
        let is_known = CargoHome::KNOWN.iter().any(|known| matches(known, name));
        !is_known && path.join(name).exists()
    };
    CargoHome {
        writable: existing.is_some_and(fs::is_writable),
        others: entries.iter().filter(is_other).cloned().collect(),
        entries,
        places,
    }
}
