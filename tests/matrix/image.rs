//! A row's image: there, timed, and asked what is in it.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::Deserialize;

use crate::command::Run;
use crate::record::{Entry, Image};
use crate::row::Row;
use crate::{Programs, Result};

/// Asks the tools of an image for their versions, one `name=value` a line. Headers tell by way of
/// the preprocessor; musl has its version in the library alone.
const VERSIONS: &str = r#"
preprocess() { "$T-$1" -E -P -x "$2" - | sed -n '$p' | tr -d ' "'; }
echo "gcc=$("$T-gcc" -dumpfullversion)"
echo "glibc=$(printf '#include <features.h>\n__GLIBC__ . __GLIBC_MINOR__\n' | preprocess gcc c)"
echo "cxx=libstdc++ $(printf '#include <cstddef>\n_GLIBCXX_RELEASE\n' | preprocess g++ c++)"
echo "openssl=$(printf '#include <openssl/opensslv.h>\nOPENSSL_VERSION_STR\n' |
	"$T-gcc" -E -P $("$T-pkg-config" --cflags openssl) - | sed -n '$p' | tr -d ' "')"
if [ -n "$Q" ]; then
	echo "qemu=$("qemu-$Q" --version | sed -n 's/^qemu-[^ ]* version \([^ ]*\).*/\1/p')"
fi
if printf 'extern const char __libc_version[]; int puts(const char *); int main() { puts(__libc_version); }\n' |
	"$T-gcc" -static -o /tmp/version -x c - 2>/dev/null; then
	echo "musl=$(cross-runner /tmp/version)"
fi
"#;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspection {
    size: u64,
    config: Config,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Config {
    labels: Option<BTreeMap<String, String>>,
}

/// Makes sure that the image is there and up to date, and tells what it is.
pub(crate) fn measure(
    programs: &Programs,
    row: &Row,
    old: Option<&Entry>,
    rebuild: bool,
) -> Result<Image> {
    let mut seconds = old
        .filter(|old| old.recipe == row.recipe)
        .and_then(|old| old.image.seconds);
    if rebuild {
        let start = Instant::now();
        util(programs, &["images", "build", "--no-cache", &row.triple])?;
        seconds = Some(start.elapsed().as_secs_f64().round());
    } else if recipe(programs, &row.image).as_deref() != Some(&*row.recipe) {
        // Layers of earlier builds may be reused, so the time says nothing.
        util(programs, &["images", "build", &row.triple])?;
    }
    let size = |image: &str| Ok::<_, String>(inspect(programs, image)?.size);
    let bytes = size(&row.image)?;
    let mut image = versions(programs, row)?;
    image.bytes = bytes;
    image.own_bytes = bytes.saturating_sub(size(&row.base)?);
    image.seconds = seconds;
    Ok(image)
}

fn util(programs: &Programs, args: &[&str]) -> Result<()> {
    let engine = ["--engine", &programs.engine, "--quiet"];
    Run::new(&programs.util).args(engine).args(args).output()?;
    Ok(())
}

fn inspect(programs: &Programs, image: &str) -> Result<Inspection> {
    let output = Run::new(&programs.engine)
        .args(["image", "inspect", image])
        .output()?;
    let mut list: Vec<Inspection> =
        serde_json::from_str(&output.stdout).map_err(|e| format!("image inspect: {e}"))?;
    list.pop().ok_or_else(|| format!("{image} is not there"))
}

/// The recipe that an image was built by.
fn recipe(programs: &Programs, image: &str) -> Option<String> {
    let labels = inspect(programs, image).ok()?.config.labels?;
    labels.get("cross.recipe").cloned()
}

fn versions(programs: &Programs, row: &Row) -> Result<Image> {
    let env = |name: &str, value: &str| format!("--env={name}={value}");
    let output = Run::new(&programs.engine)
        .args(["run", "--rm", "--network=host"])
        .args([
            env("T", &row.triple),
            env("Q", row.qemu_arch.as_deref().unwrap_or_default()),
        ])
        .args([&row.image, "sh", "-c", VERSIONS])
        .output()?;
    let lines: BTreeMap<&str, &str> = output
        .stdout
        .lines()
        .filter_map(|line| line.split_once('='))
        .collect();
    let get = |name: &str| match lines.get(name).copied().unwrap_or_default() {
        "" => Err(format!("the image does not tell its version of {name}")),
        value => Ok(value.to_owned()),
    };
    Ok(Image {
        libc: if row.is_musl() {
            format!("musl {}", get("musl")?)
        } else {
            format!("glibc {}", get("glibc")?)
        },
        gcc: get("gcc")?,
        cxx: get("cxx")?,
        openssl: get("openssl")?,
        runs_by: match &row.qemu_arch {
            Some(_) => format!("QEMU {}", get("qemu")?),
            None => "itself".to_owned(),
        },
        ..Image::default()
    })
}
