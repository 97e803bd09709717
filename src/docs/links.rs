//! Checks all relative links between pages: the file and the heading must exist.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::root;
use cross_base::fs;

/// The pages in the package's directory. The pages in `docs/` are checked as well.
const PAGES: &[&str] = &[
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "STYLE.md",
];

fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = PAGES.iter().map(|name| root().join(name)).collect();
    let docs = walkdir::WalkDir::new(root().join("docs")).sort_by_file_name();
    let files = docs.into_iter().map(|entry| entry.unwrap().into_path());
    pages.extend(files.filter(|path| path.extension().is_some_and(|e| e == "md")));
    pages
}

/// The lines of a page without blocks of code. Inline code is replaced by `_`.
fn prose(text: &str) -> impl Iterator<Item = String> {
    let mut in_block = false;
    text.lines().filter_map(move |line| {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
            return None;
        }
        let parts = line.split('`').enumerate();
        let parts = parts.map(|(n, part)| if n % 2 == 0 { part } else { "_" });
        (!in_block).then(|| parts.collect())
    })
}

/// The targets of a page's links and pictures: `[text](target)`. The text of a link may have
/// several lines, the target may not.
fn links(text: &str) -> Vec<String> {
    let target = |part: &str| Some(part.split_once(')')?.0.to_owned());
    let of_line =
        |line: String| -> Vec<String> { line.split("](").skip(1).filter_map(target).collect() };
    prose(text).flat_map(of_line).collect()
}

/// The anchors that GitHub and GitLab give to a page's headings.
/// <https://docs.gitlab.com/user/markdown/#heading-ids-and-links>
fn anchors(text: &str) -> BTreeSet<String> {
    let mut in_block = false;
    let mut anchors = BTreeSet::new();
    for line in text.lines() {
        in_block ^= line.starts_with("```");
        let heading = line.trim_start_matches('#').strip_prefix(' ');
        let Some(heading) = heading.filter(|_| line.starts_with('#') && !in_block) else {
            continue;
        };
        let letters = heading.chars().filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        });
        let anchor: String = letters.flat_map(char::to_lowercase).collect();
        let numbered = (1..).map(|n| format!("{anchor}-{n}"));
        let mut names = std::iter::once(anchor.clone()).chain(numbered);
        anchors.extend(names.find(|name| !anchors.contains(name)));
    }
    anchors
}

/// The reason why a link is broken. None if it is not.
fn mistake(page: &Path, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = match file {
        "" => page.to_owned(),
        file => page.parent().unwrap().join(file),
    };
    if !path.exists() {
        return Some(format!("there is no `{file}`"));
    }
    if anchor.is_empty() {
        return None;
    }
    let text = fs::read_if_exists(&path).unwrap().unwrap_or_default();
    let found = anchors(&text).contains(anchor);
    (!found).then(|| format!("`{}` has no heading `#{anchor}`", path.display()))
}

#[test]
fn every_link_between_the_pages_leads_somewhere() {
    let mut mistakes = Vec::new();
    for page in pages() {
        let text = fs::read_if_exists(&page).unwrap();
        let text = text.unwrap_or_else(|| panic!("there is no {}", page.display()));
        for link in links(&text) {
            let wrong = mistake(&page, &link);
            mistakes.extend(wrong.map(|why| format!("{}: ({link}): {why}", page.display())));
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn links_in_code_are_none() {
    let text = "[a](b) `[c](d)` and\n```\n[e](f)\n```\n![g](h#i)\n";
    assert_eq!(links(text), ["b", "h#i"]);
}

#[test]
fn a_heading_has_the_anchor_that_forges_give_it() {
    let text = "# A `b-c`, d!\n```\n# no\n```\n## Same\n## Same\n#none\n";
    let expected = ["a-b-c-d", "same", "same-1"].map(str::to_owned);
    assert_eq!(anchors(text), BTreeSet::from(expected));
}

#[test]
fn a_link_to_what_is_not_there_is_found() {
    let page = root().join("README.md");
    assert_eq!(mistake(&page, "https://example.com/x"), None);
    assert_eq!(mistake(&page, "#cross"), None);
    assert!(mistake(&page, "docs/none.md").is_some());
    assert!(mistake(&page, "docs/commands.md#none").is_some());
}
