//! Podman: there is no daemon, so it is asked by starting its program.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Client, Dialect};
use crate::engine::Implementation;
use crate::engine::diagnosis::{Diagnosis, Inquiry, Verdict};
use crate::engine::registration::{Program, Registration, file_name};
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::process::{Cmd, reason};

pub(super) const NAME: &str = "podman";

pub(in crate::engine) static REGISTRATION: Registration = Registration {
    name: NAME,
    about: "installed, answers in time, has ids to map for who is not root",
    usual_reason: "it is installed",
    meant_by: &[],
    program: Program::Client(is_client),
    isolates: true,
    open,
    diagnose,
};

/// Whether a program is podman, by its own name or by that of the file that its links lead to.
pub(super) fn is_client(program: &Path) -> bool {
    let names = [file_name(program), file_name(&fs::canonical(program))];
    names.iter().any(|name| name.contains(NAME))
}

#[expect(clippy::unnecessary_wraps, reason = "others can fail")]
pub(super) fn open(host: &Host, program: PathBuf, _reason: &str) -> Result<Implementation> {
    Ok(Implementation::Client(Client {
        dialect: Dialect::Podman,
        program,
        rootless: host.uid != 0,
    }))
}

/// The part of the output of `podman info` that cross reads.
/// <https://docs.podman.io/en/latest/markdown/podman-info.1.html>
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Info {
    host: InfoHost,
    store: InfoStore,
    version: InfoVersion,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct InfoHost {
    security: Security,
    id_mappings: Mappings,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Security {
    rootless: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Mappings {
    uidmap: Option<Vec<Mapping>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Mapping {
    size: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct InfoStore {
    graph_driver_name: String,
    graph_root: PathBuf,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InfoVersion {
    version: String,
}

impl Info {
    /// Whether the user namespace maps only the caller's own uid, so that images with files of
    /// other users cannot be unpacked.
    fn lacks_ids(&self) -> bool {
        let mappings = self.host.id_mappings.uidmap.iter().flatten();
        self.host.security.rootless && mappings.map(|mapping| mapping.size).sum::<u64>() == 1
    }
}

fn diagnose(inquiry: &Inquiry<'_>) -> Diagnosis {
    let named = inquiry.program.map(Path::to_owned);
    let Some(program) = named.or_else(|| inquiry.host.on_path(NAME)) else {
        return Diagnosis::absent("not installed");
    };
    match ask(&program, inquiry) {
        Ok(info) => describe(&program, info),
        Err(error) => Diagnosis::only(Verdict::Fails(error)),
    }
}

fn ask(program: &Path, inquiry: &Inquiry<'_>) -> Result<Info> {
    let cmd = Cmd::new(program).args(["info", "--format", "json"]);
    let output = cmd.output_within(inquiry.limit)?;
    if !output.status.success() {
        return Err(Error::new(format!("{cmd} fails: {}", reason(&output))));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|e| Error::new(format!("cannot understand {cmd}: {e}")))
}

fn describe(program: &Path, info: Info) -> Diagnosis {
    let rights = if info.host.security.rootless {
        "without root's rights"
    } else {
        "with root's rights"
    };
    let verdict = if info.lacks_ids() {
        let error = Error::new("you have no subordinate ids, so it cannot unpack images");
        Verdict::Incomplete(error.hint(
            "`sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER && podman system migrate`",
        ))
    } else {
        Verdict::Works(format!(
            "{} in `{}`, runs {rights}, keeps images in `{}` ({})",
            info.version.version,
            program.display(),
            info.store.graph_root.display(),
            info.store.graph_driver_name,
        ))
    };
    Diagnosis {
        images: Some(info.store.graph_root),
        ..Diagnosis::only(verdict)
    }
}
