//! Variants of rows whose results may need a newer glibc than the rows' own. A variant has another
//! toolchain and other images. The family says with which parameters.

use std::sync::LazyLock;

use super::{Parts, ROWS, Row};
use cross_base::version::Version;

/// The variants, in the order of the rows. Every family is parsed for them, which takes a
/// millisecond, so they are made when one is needed.
static ALL: LazyLock<Vec<Row>> = LazyLock::new(|| ROWS.iter().filter_map(variant).collect());

/// The row with the parameters for a newer glibc. None if there is no newer one for it.
fn variant(row: &Row) -> Option<Row> {
    let newer = row.family().newer_glibc.as_ref()?;
    let mut parameters = row.parameters.to_vec();
    for (name, value) in &newer.parameters {
        let value = row.fill(value)?;
        parameters.retain(|(known, _)| known != name);
        // There is one variant of a row, and it lasts as long as the process.
        parameters.push((name, value.leak()));
    }
    Some(Row {
        parameters: parameters.leak(),
        ..*row
    })
}

impl Row {
    /// The newest glibc that results may need. None if they need no glibc.
    pub(crate) fn glibc(&self) -> Option<Version> {
        self.glibc_floor()?.parse().ok()
    }

    /// The variant with a newer glibc. None if the row has none, or is one itself.
    fn newer(&self) -> Option<&'static Row> {
        self.family().newer_glibc.as_ref()?;
        let mut all = ALL.iter();
        let newer = all.find(|newer| newer.triple == self.triple)?;
        (newer != self).then_some(newer)
    }

    /// The row, and its variant if there is one.
    pub(crate) fn glibcs(&'static self) -> impl Iterator<Item = &'static Row> {
        let newer = std::iter::once_with(|| self.newer()).flatten();
        std::iter::once(self).chain(newer)
    }

    /// The row for results that may need this glibc: the variant if the version is so new that the
    /// variant is used for it.
    pub(crate) fn for_glibc(&'static self, wanted: Option<&Version>) -> &'static Row {
        let newer = self.family().newer_glibc.as_ref();
        let from = newer.and_then(|newer| newer.from.parse::<Version>().ok());
        let is_new = wanted.zip(from).filter(|(wanted, from)| *wanted >= from);
        is_new.and_then(|_| self.newer()).unwrap_or(self)
    }

    /// The version of glibc to which results are limited that have to run with this one. None if
    /// the row's own C library is used as it is.
    pub(crate) fn limit(&'static self, wanted: &Version) -> Option<Version> {
        let own = self.glibc()?;
        let newest = self.for_glibc(Some(wanted)).glibc()?;
        let limit = wanted.min(&newest);
        (*limit != own).then(|| limit.clone())
    }

    /// The oldest and the newest glibc for which the row's results were made. None if they need no
    /// glibc.
    #[cfg(test)]
    pub(crate) fn glibc_range(&'static self) -> Option<[Version; 2]> {
        let newest = self.glibcs().filter_map(Self::glibc).max()?;
        Some([self.parameter("OLDEST_GLIBC").parse().ok()?, newest])
    }

    /// The row's name on the command line: its triple, and behind it the glibc of a variant.
    pub(crate) fn shown(&self) -> String {
        let version = self.as_newer().map(|version| format!(".{version}"));
        format!("{}{}", self.triple, version.unwrap_or_default())
    }

    /// The newest glibc that results may need, if this is a variant.
    pub(crate) fn as_newer(&self) -> Option<String> {
        let own = super::find(self.triple);
        let is_variant = own.is_some_and(|own| own != self);
        is_variant.then(|| self.glibc_floor()).flatten()
    }

    /// The row and its variant with all choices of parts: one for each image.
    pub(crate) fn variants(&'static self) -> impl Iterator<Item = (&'static Row, Parts)> {
        self.glibcs()
            .flat_map(|row| Parts::choices(row).map(move |parts| (row, parts)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::*;

    /// The variant for a version.
    fn row(triple: &str, version: &str) -> &'static Row {
        let row = find(triple).expect("a row");
        row.for_glibc(Some(&version.parse().expect("a version")))
    }

    #[test]
    fn a_newer_glibc_is_the_newest_releases() {
        for (triple, version, floor, suite) in [
            ("aarch64-unknown-linux-gnu", "2.17", "2.31", "bullseye"),
            ("aarch64-unknown-linux-gnu", "2.34", "2.31", "bullseye"),
            ("aarch64-unknown-linux-gnu", "2.35", "2.41", "trixie"),
            ("aarch64-unknown-linux-gnu", "2.99", "2.41", "trixie"),
            ("mips-unknown-linux-gnu", "2.36", "2.40", "trixie"),
            ("loongarch64-unknown-linux-gnu", "2.36", "2.41", "trixie"),
            ("i586-unknown-linux-gnu", "2.36", "2.31", "bullseye"),
        ] {
            let row = row(triple, version);
            assert_eq!(row.glibc_floor().as_deref(), Some(floor), "{triple}");
            assert_eq!(row.parameter("SUITE"), suite, "{triple}");
        }
        let musl = row("x86_64-unknown-linux-musl", "2.41");
        assert_eq!(Some(musl), find("x86_64-unknown-linux-musl"));
    }

    #[test]
    fn rows_whose_own_glibc_is_the_newest_have_no_variant() {
        let own = find("loongarch64-unknown-linux-gnu").expect("a row");
        assert!(own.newer().is_none() && own.as_newer().is_none());
        let other = row("riscv64gc-unknown-linux-gnu", "2.41");
        assert_eq!(other.as_newer().as_deref(), Some("2.41"));
        assert!(other.newer().is_none());
        assert_eq!(other.for_glibc(Some(&"2.36".parse().unwrap())), other);
    }
}
