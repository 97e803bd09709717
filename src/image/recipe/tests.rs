use super::*;
use crate::target::{ROWS, find};

fn dockerfile_of(recipe: &ImageRecipe) -> String {
    let mut files = recipe.files.iter();
    let file = files.find(|(path, _)| path == Path::new(&recipe.dockerfile));
    String::from_utf8(file.unwrap().1.clone()).unwrap()
}

#[test]
fn a_dockerfile_has_stages_for_what_an_image_needs_alone() {
    let of = |triple: &str, parts: &[&str]| {
        let row = find(triple).unwrap();
        let names: Vec<String> = parts.iter().map(|&name| name.to_owned()).collect();
        let recipe = super::row(row, Parts::named(row, &names), &Host::default()).unwrap();
        dockerfile_of(&recipe)
    };
    let plain = of("armv7-unknown-linux-gnueabihf", &[]);
    assert!(!plain.contains("openssl.sh") && !plain.contains("libraries.sh"));
    let with = of("armv7-unknown-linux-gnueabihf", &["openssl"]);
    assert!(with.contains("openssl.sh") && with.contains("--from=openssl "));
    assert!(!with.contains("libraries.sh") && !with.contains("\n# cross:"));
    assert!(of("i586-unknown-linux-gnu", &[]).contains("--from=libraries "));
    // The row's toolchain brings OpenSSL.
    assert!(!of("aarch64-unknown-linux-gnu", &["openssl"]).contains("openssl.sh"));
}

#[test]
fn the_built_in_builder_can_do_what_every_recipe_asks_for() {
    let rows = ROWS.iter();
    let rows = rows.map(|row| super::row(row, Parts::default(), &Host::default()).unwrap());
    for recipe in rows.chain([base().unwrap()]) {
        let text = dockerfile_of(&recipe);
        let file = cross_dockerfile::parse::read(Path::new(&recipe.dockerfile), &text).unwrap();
        assert!(!file.stages.is_empty());
    }
}

#[test]
fn a_row_has_its_own_digest_and_only_its_own_dockerfile() {
    let mut seen: Vec<String> = vec![base().unwrap().digest];
    for row in ROWS {
        let recipe = super::row(row, Parts::all(row), &Host::default()).unwrap();
        assert!(!seen.contains(&recipe.digest));
        seen.push(recipe.digest);
        let names = recipe.files.iter().map(|(path, _)| path.to_string_lossy());
        let dockerfiles = names.filter(|name| name.ends_with("Dockerfile"));
        assert_eq!(dockerfiles.count(), 1, "{}", row.triple);
    }
}

#[test]
fn the_environment_of_a_row_gets_into_its_dockerfile() {
    let row = &ROWS[0];
    let recipe = super::row(row, Parts::all(row), &Host::default()).unwrap();
    let text = dockerfile_of(&recipe);
    for (name, value) in row.environment(Parts::all(row)) {
        assert!(text.contains(&format!("{name}=\"{value}\"")), "{name}");
    }
}

#[test]
fn a_dockerfile_or_a_toolchain_takes_each_parameter_of_a_family() {
    for row in ROWS {
        let recipe = super::row(row, Parts::all(row), &Host::default()).unwrap();
        let text = dockerfile_of(&recipe);
        let taken = taken(&text);
        let given: BTreeSet<&str> = recipe.args.iter().map(|(name, _)| *name).collect();
        assert_eq!(taken, given, "{}", recipe.dockerfile);
        for (name, _) in row.parameters() {
            assert!(
                taken.contains(name) || recipe.toolchain.is_some(),
                "{name} of {}",
                recipe.dockerfile
            );
        }
    }
}

#[test]
fn each_script_that_a_dockerfile_runs_has_words_and_is_there() {
    for recipe in ROWS
        .iter()
        .map(|row| super::row(row, Parts::all(row), &Host::default()).unwrap())
        .chain([base().unwrap()])
    {
        let lines = template(&recipe.dockerfile);
        for line in lines.filter(|line| line.starts_with("RUN ") && line.contains(".sh")) {
            let mut scripts = recipe.scripts.iter();
            assert!(scripts.any(|(name, _)| line.contains(name)), "{line}");
        }
        for (name, _) in &recipe.scripts {
            let mut files = recipe.files.iter();
            assert!(files.any(|(path, _)| path.ends_with(name)), "{name}");
        }
    }
}

#[test]
fn a_family_names_the_scripts_that_fetch() {
    let fetches = |line: &str| {
        let line = line.trim_start();
        let by_apt = line.contains("apt-get ")
            && [" download", " install", " source", " update"]
                .iter()
                .any(|word| line.contains(word));
        !line.starts_with('#') && (by_apt || line.contains("pip ") || line.contains("with_arch "))
    };
    for row in ROWS {
        let recipe = super::row(row, Parts::all(row), &Host::default()).unwrap();
        let text = dockerfile_of(&recipe);
        let family = row.family();
        for (script, _) in family.steps.iter().filter(|(name, _)| runs(&text, name)) {
            let mut files = recipe.files.iter();
            let file = files.find(|(path, _)| path.ends_with(script)).unwrap();
            let content = String::from_utf8_lossy(&file.1);
            let named = family.fetching.contains(script);
            assert_eq!(content.lines().any(fetches), named, "{}", file.0.display());
        }
        for script in &family.fetching {
            assert!(family.steps.iter().any(|(name, _)| name == script));
        }
    }
}

#[test]
fn an_image_of_pinned_packages_alone_fetches_nothing() {
    let fetches = |triple: &str, parts: &[&str]| {
        let row = find(triple).unwrap();
        let names: Vec<String> = parts.iter().map(|&name| name.to_owned()).collect();
        super::row(row, Parts::named(row, &names), &Host::default())
            .unwrap()
            .fetches
    };
    assert!(!fetches("armv7-unknown-linux-gnueabihf", &["libclang"]));
    assert!(fetches("armv7-unknown-linux-gnueabihf", &["openssl"]));
    assert!(!fetches("aarch64-unknown-linux-gnu", &["openssl"]));
    assert!(fetches("i586-unknown-linux-gnu", &[]));
    assert!(fetches("x86_64-unknown-linux-musl", &[]));
    assert!(!base().unwrap().fetches);
}

#[test]
fn a_passage_that_dockerfiles_share_is_there() {
    for family in ROWS.iter().map(Row::family) {
        let lines = text(&family.dockerfile).lines();
        for name in lines.filter_map(|line| line.strip_prefix(SAME_MARKER)) {
            assert!(!text(&format!("same/{name}")).is_empty(), "{name}");
        }
    }
}

#[test]
fn what_a_family_names_is_there() {
    for family in ROWS.iter().map(Row::family) {
        let files = family
            .files
            .iter()
            .chain(&family.files_without_runner)
            .chain([&family.dockerfile, &family.versions]);
        for path in files {
            assert!(FILES.get_entry(path).is_some(), "{path}");
        }
    }
}

#[test]
fn a_change_of_the_base_changes_every_row() {
    let args = [("X", "1".to_owned())];
    assert_ne!(digest("a", &[], &args), digest("b", &[], &args));
}
