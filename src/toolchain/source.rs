//! Asking mirrors for packages.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use ureq::http::Uri;

use super::archive;
use super::lock::Package;
use cross_base::download::Download;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::http::{Http, Question, cause, read};
use cross_base::lock::Lock;
use cross_base::term::Term;

/// The most that is read of a file of which it is not known how long it is.
const LARGEST: u64 = 1 << 30;
/// What is read at once.
const PIECE: usize = 1 << 16;
/// What helps where the disk is full. What has come so far is kept.
const FULL: &str = "free some disk space, or let `XDG_CACHE_HOME` name a directory on a larger disk, and run it again";
/// How long it waits before it asks once more a mirror that gave no answer, or broke one off:
/// networks have short failures.
const PAUSES: &[Duration] = &[Duration::from_millis(500), Duration::from_secs(2)];

/// Where a package is kept in a directory of packages: under its digest.
pub(super) fn place(dir: &Path, package: &Package) -> PathBuf {
    let kind = Path::new(package.path).extension().unwrap_or_default();
    dir.join(package.sha256).with_extension(kind)
}

/// The file that names the digest of what was taken in a package's place.
pub(super) fn instead(dir: &Path, package: &Package) -> PathBuf {
    dir.join(format!("{}.instead", package.sha256))
}

/// Where packages come from, and where they go.
pub(super) struct Source<'a> {
    pub(super) host: &'a Host,
    pub(super) term: Term,
    /// The directory that they are kept in.
    pub(super) dir: PathBuf,
    /// What they are for, in a message.
    pub(super) what: &'a str,
    pub(super) http: Http,
    pub(super) mirrors: Vec<Uri>,
    /// What names another mirror.
    pub(super) key: &'a str,
    /// The indexes of releases that were asked for, by architecture.
    pub(super) indexes: Mutex<BTreeMap<(&'static str, &'static str), String>>,
    pub(super) shown: Download,
}

/// Why a mirror has not given something.
enum Failure {
    /// It does not have it any more.
    Gone,
    /// It may have it the next time.
    Passing(String),
    Other(String),
    /// It is this machine that cannot keep it, whichever mirror gives it.
    Here(Error),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        let is_full = error.kind() == ErrorKind::StorageFull;
        let error = Error::from(error);
        Self::Here(if is_full { error.hint(FULL) } else { error })
    }
}

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self::Other(reason)
    }
}

impl Source<'_> {
    /// Fetches one, unless another process has meanwhile: the version of the lock file, or where no
    /// mirror has that any more, the one that the release has now.
    ///
    /// # Errors
    ///
    /// When it cannot be had; the message says what each mirror said.
    pub(super) fn fetch(&self, package: &Package) -> Result<()> {
        let Err(error) = self.fetch_version(package)? else {
            return Ok(());
        };
        let current = self.current(package).map_err(|why| {
            let message = format!("{}; {}", error.message(), why.message());
            let hint = why.hint_text().or(error.hint_text()).unwrap_or_default();
            Error::new(message).hint(hint)
        })?;
        let (taken, suite) = (current.shown(), current.suite);
        let message = format!(
            "`{taken}`, which {suite} has now in place of {}",
            package.version
        );
        self.term.status("Taking", &message);
        self.fetch_version(&current)??;
        let instead = instead(&self.dir, package);
        fs::write_if_changed(&instead, current.sha256.as_bytes())
    }

    /// Fetches just this version. The inner error says that it is gone everywhere.
    pub(super) fn fetch_version(&self, package: &Package) -> Result<Result<()>> {
        let path = place(&self.dir, package);
        let part = path.with_extension("part");
        let lock = path.with_extension("lock");
        let _lock = Lock::take(&lock, || ())?;
        if path.exists() {
            self.shown.advance(package.size.unwrap_or_default());
            return Ok(Ok(()));
        }
        let mut reasons = Vec::new();
        let mut is_gone = true;
        for (host, address) in self.addresses(package.path) {
            match self.fetch_patiently(&address, package, &part) {
                Ok(()) => {
                    fs_err::rename(&part, &path)?;
                    fs::remove_if_exists(&lock)?;
                    return Ok(Ok(()));
                }
                Err(Failure::Gone) => {
                    reasons.push(format!("{host}: it does not have that version any more"));
                }
                Err(Failure::Passing(reason) | Failure::Other(reason)) => {
                    is_gone = false;
                    reasons.push(format!("{host}: {reason}"));
                }
                Err(Failure::Here(error)) => return Err(error),
            }
        }
        let (name, what) = (package.shown(), self.what);
        let reasons = reasons.join("; ");
        let message = format!("cannot fetch the package `{name}` for `{what}`: {reasons}");
        let hint = format!("let {} name a mirror that has `{}`", self.key, package.path);
        let error = Error::new(message).hint(hint);
        if is_gone { Ok(Err(error)) } else { Err(error) }
    }

    /// A path below each of the mirrors' addresses, with the mirror's host.
    fn addresses(&self, path: &str) -> Vec<(String, Uri)> {
        let one = |mirror: &Uri| {
            let address = format!("{}/{path}", mirror.to_string().trim_end_matches('/'));
            let host = mirror.host().unwrap_or_default().to_owned();
            Some((host, address.parse::<Uri>().ok()?))
        };
        self.mirrors.iter().filter_map(one).collect()
    }

    /// The version of a package that its release has now.
    fn current(&self, package: &Package) -> Result<Package> {
        let mut indexes = self
            .indexes
            .lock()
            .map_err(|_| Error::new("another package failed"))?;
        let (_, architecture) = package.apart();
        let index = match indexes.entry((package.suite, architecture)) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(place) => {
                let get = |path: &str| self.read(path);
                let (suite, keyrings) = (package.suite, archive::KEYRINGS);
                place.insert(archive::index(
                    suite,
                    architecture,
                    self.host,
                    keyrings,
                    get,
                )?)
            }
        };
        archive::find(index, package).ok_or_else(|| {
            Error::new(format!(
                "{} has no package `{}` now",
                package.suite, package.name
            ))
        })
    }

    /// Reads a file of the first mirror that has it.
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        /// Indexes are some ten megabytes.
        const LARGEST: u64 = 1 << 27;
        let question = Question {
            compared: true,
            ..Question::default()
        };
        let mut reasons = Vec::new();
        for (host, address) in self.addresses(path) {
            let answer = self.http.get(&address, question);
            let read = answer.and_then(|answer| {
                let mut response = answer.response;
                match response.status().as_u16() {
                    200 => read(&mut response, LARGEST),
                    code => Err(format!("it answers with status {code}")),
                }
            });
            match read {
                Ok(content) => return Ok(content),
                Err(reason) => reasons.push(format!("{host}: {reason}")),
            }
        }
        Err(reasons.join("; "))
    }

    /// Fetches it from one mirror, which is asked again when it fails in a way that may pass.
    fn fetch_patiently(
        &self,
        address: &Uri,
        package: &Package,
        part: &Path,
    ) -> Result<(), Failure> {
        let mut shown = 0;
        for pause in PAUSES {
            match self.fetch_from(address, package, part, &mut shown) {
                Err(Failure::Passing(_)) => std::thread::sleep(*pause),
                other => return other,
            }
        }
        self.fetch_from(address, package, part, &mut shown)
    }

    /// Fetches what is missing of it from one mirror, and looks at all of it. `shown` is how much
    /// of it was shown as fetched so far.
    fn fetch_from(
        &self,
        address: &Uri,
        package: &Package,
        part: &Path,
        shown: &mut u64,
    ) -> Result<(), Failure> {
        let mut so_far = SoFar::of(part)?;
        let is_resumed = so_far.got > 0;
        if package.size.is_none_or(|size| so_far.got < size) {
            self.receive(address, package, part, &mut so_far, shown)?;
        }
        let SoFar { digest, got } = so_far;
        if let Some(size) = package.size.filter(|size| got < *size) {
            let reason = format!("it broke off after {got} of {size} bytes");
            return Err(Failure::Passing(reason));
        }
        let digest = hex::encode(digest.finalize());
        if digest == package.sha256 {
            return Ok(());
        }
        // What is there is no beginning of it.
        fs::remove_if_exists(part).map_err(Failure::Here)?;
        let reason = format!("its digest is {digest}, not {}", package.sha256);
        // What an earlier time has left may be what is wrong with it.
        Err(if is_resumed {
            Failure::Passing(reason)
        } else {
            Failure::Other(reason)
        })
    }

    /// Asks a mirror for the rest of a package, and adds what comes to the file with what is there
    /// so far.
    fn receive(
        &self,
        address: &Uri,
        package: &Package,
        part: &Path,
        so_far: &mut SoFar,
        shown: &mut u64,
    ) -> Result<(), Failure> {
        let mut show = |got: u64| {
            self.shown.advance(got.saturating_sub(*shown));
            *shown = got.max(*shown);
        };
        let question = Question {
            from: so_far.got,
            compared: true,
            ..Question::default()
        };
        let answer = self.http.get(address, question);
        let mut response = answer.map_err(Failure::Passing)?.response;
        let is_resumed = so_far.got > 0;
        let mut file = fs_err::OpenOptions::new();
        let file = file.create(true).write(true);
        let file = match response.status().as_u16() {
            206 => file.append(true),
            200 => {
                *so_far = SoFar::default();
                file.truncate(true)
            }
            // Nothing is left of it, which only the mirror knows where the size is unknown.
            416 if is_resumed && package.size.is_none() => return Ok(()),
            404 | 410 => return Err(Failure::Gone),
            code @ (429 | 500..) => {
                return Err(Failure::Passing(format!("it answers with status {code}")));
            }
            code => return Err(format!("it answers with status {code}").into()),
        };
        let mut file = file.open(part)?;
        show(so_far.got);
        let rest = package.size.unwrap_or(LARGEST).saturating_sub(so_far.got);
        let mut body = response.body_mut().as_reader().take(rest + 1);
        let mut piece = vec![0; PIECE];
        loop {
            let count = body.read(&mut piece);
            let count = count.map_err(|e| Failure::Passing(cause(&e)))?;
            if count == 0 {
                break;
            }
            file.write_all(&piece[..count])?;
            so_far.add(&piece[..count]);
            show(so_far.got);
        }
        Ok(file.sync_all()?)
    }
}

/// What has come of a package.
#[derive(Default)]
struct SoFar {
    digest: Sha256,
    got: u64,
}

impl SoFar {
    /// What an earlier time has left in a file, if there is one.
    fn of(part: &Path) -> Result<Self, Failure> {
        let mut so_far = Self::default();
        if part.exists() {
            fs::in_pieces(part, |piece| so_far.add(piece))?;
        }
        Ok(so_far)
    }

    fn add(&mut self, piece: &[u8]) {
        self.digest.update(piece);
        self.got += piece.len() as u64;
    }
}
