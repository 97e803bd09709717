//! Measures how long a user waits for the first program of a row.

use std::path::Path;
use std::time::Instant;

use crate::record::First;
use crate::row::{Row, Toolchain};
use crate::{Programs, Result};

/// The engine that needs nothing but `cross`. With another engine, images would have to be removed
/// that may still be in use.
const ENGINE: &str = "sandbox";

/// Builds a small program for the row in an empty directory, which has the cache as well:
/// everything that the target needs is downloaded and made. The standard library is rustup's and is
/// there already, or is compiled with the program. Only the log stays.
pub(crate) fn measure(programs: &Programs, row: &Row, dir: &Path, date: &str) -> Result<First> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (source, program) = if row.std {
        ("examples/hello", "hello")
    } else {
        ("tests/fixtures/microcontroller", "native")
    };
    let toolchain = Toolchain::for_row(row)?;
    let [cache, target_dir] = ["cache", "target"].map(|name| dir.join(name));
    let start = Instant::now();
    let output = toolchain
        .cross(programs)
        .env("CROSS_CONTAINER_ENGINE", ENGINE)
        .env("XDG_CACHE_HOME", &cache)
        .env("CARGO_TARGET_DIR", &target_dir)
        .args(["build", "--locked", "--target", &*row.triple])
        .cwd(&repository.join(source))
        .log(&dir.join("log"))
        .output();
    let seconds = start.elapsed().as_secs_f64().round();
    let file = format!("debug/{program}{}", row.program_suffix);
    let path = target_dir.join(&row.triple).join(file);
    let exists = path.exists();
    for made in [cache, target_dir] {
        let _ = fs_err::remove_dir_all(made);
    }
    output?;
    if !exists {
        return Err(format!("there is no `{}`", path.display()));
    }
    Ok(First {
        date: date.to_owned(),
        seconds,
    })
}
