//! Fetches packages from mirrors.

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
use super::mirrors;
use cross_base::download::Download;
use cross_base::error::{Error, Result};
use cross_base::fs;
use cross_base::host::Host;
use cross_base::http::{Http, Question, cause, read};
use cross_base::lock::Lock;
use cross_base::setting;
use cross_base::term::Term;

/// The largest size in bytes of a file whose size is not known.
const LARGEST: u64 = 1 << 30;
/// The number of bytes that are read at once.
const PIECE: usize = 1 << 16;
/// The hint if the disk is full. The part that was received is kept.
const FULL: &str = "free some disk space, or let `XDG_CACHE_HOME` name a directory on a larger disk, and run it again";
/// The pauses before a mirror is tried again that gave no answer or broke one off, as networks have
/// short failures.
const PAUSES: &[Duration] = &[Duration::from_millis(500), Duration::from_secs(2)];

/// The extension of a file with the digest of the package that was taken in another's place.
pub(super) const INSTEAD: &str = "instead";

/// The path of a package in the cache's directory, which has the package's digest.
pub(super) fn place(dir: &Path, package: &Package) -> PathBuf {
    let kind = Path::new(package.path).extension().unwrap_or_default();
    dir.join(package.sha256).with_extension(kind)
}

/// The path of the file with the digest of the package that was taken in another's place.
pub(super) fn instead(dir: &Path, package: &Package) -> PathBuf {
    dir.join(package.sha256).with_extension(INSTEAD)
}

/// Fetches packages from mirrors into the cache.
pub(super) struct Source<'a> {
    pub(super) host: &'a Host,
    pub(super) term: Term,
    /// The directory of the cache.
    pub(super) dir: PathBuf,
    /// The purpose of the packages, in messages.
    pub(super) what: &'a str,
    pub(super) http: Http,
    pub(super) mirrors: Vec<Uri>,
    /// The setting that names another mirror, for the hint.
    pub(super) key: &'a str,
    /// The file of a project, with the key, that names the mirror. None if the mirror is the user's
    /// or the machine's.
    pub(super) named_by: Option<&'a setting::Source>,
    /// The indexes that were fetched, by release and architecture.
    pub(super) indexes: Mutex<BTreeMap<(&'static str, &'static str), String>>,
    pub(super) shown: Download,
}

/// The reason why a mirror has not given a file.
enum Failure {
    /// The mirror does not have the file any more.
    Gone,
    /// The mirror may give the file at another attempt.
    Passing(String),
    Other(String),
    /// This machine cannot keep the file, whichever mirror gives it.
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
    /// Fetches a package unless another process has done so meanwhile. If no mirror has the version
    /// of the lock file any more, fetches the release's current version, if that is newer. Not from
    /// a mirror that a project names: it could have an old index, which Debian has signed as well,
    /// and all projects share what is made of the packages.
    ///
    /// # Errors
    ///
    /// When no version can be fetched. The message has the reason of each mirror.
    pub(super) fn fetch(&self, package: &Package) -> Result<()> {
        let Err(error) = self.fetch_version(package)? else {
            return Ok(());
        };
        if let Some(source) = self.named_by {
            let hint = format!(
                "{source} names the mirror; if `{}` names one, its current version is taken",
                mirrors::VARIABLE
            );
            return Err(Error::new(error.message()).hint(hint));
        }
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

    /// Fetches exactly this version. The inner error says that no mirror has it any more.
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

    /// The address of a path on each mirror, with the mirror's host.
    fn addresses(&self, path: &str) -> Vec<(String, Uri)> {
        let one = |mirror: &Uri| {
            let address = format!("{}/{path}", mirror.to_string().trim_end_matches('/'));
            let host = mirror.host().unwrap_or_default().to_owned();
            Some((host, address.parse::<Uri>().ok()?))
        };
        self.mirrors.iter().filter_map(one).collect()
    }

    /// The current version of a package in its release, which has to be newer.
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
        archive::newer(index, package)
    }

    /// Reads a file from the first mirror that has it.
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        /// The size limit. Indexes have some ten megabytes.
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

    /// Fetches a package from one mirror, which is tried again after failures that may pass.
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

    /// Fetches the missing rest of a package from one mirror, and compares the digest of the whole.
    /// `shown` is the number of bytes that the progress display has counted so far.
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
        // The content is wrong, so the file is no beginning of the package.
        fs::remove_if_exists(part).map_err(Failure::Here)?;
        let reason = format!("its digest is {digest}, not {}", package.sha256);
        // The part that an earlier attempt has left may be the wrong one, so another attempt is
        // worth it.
        Err(if is_resumed {
            Failure::Passing(reason)
        } else {
            Failure::Other(reason)
        })
    }

    /// Requests the rest of a package from a mirror, and appends it to the file with the beginning.
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
            // Nothing is left to send. If the size is not known, only the mirror can tell that.
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

/// The received part of a package.
#[derive(Default)]
struct SoFar {
    digest: Sha256,
    got: u64,
}

impl SoFar {
    /// The part that an earlier attempt has left in a file. Empty if there is no file.
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
