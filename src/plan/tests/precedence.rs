//! Variables that have a value of the caller's and another one.

use pretty_assertions::assert_eq;

use super::*;
use crate::plan::after::ValueKind;

/// The variables of a run, less those that are not of the caller's or the configuration's.
fn variables(world: &World) -> Vec<String> {
    let line = world.line();
    let env = line.lines().filter_map(|line| line.strip_prefix("--env "));
    env.take_while(|variable| !variable.starts_with("HOME="))
        .map(str::to_owned)
        .collect()
}

fn set(world: &mut World, variables: &[(&str, &str)]) {
    for (name, value) in variables {
        world.host.env.insert(name.into(), value.into());
    }
}

fn kept_back(world: &World) -> Vec<(String, ValueKind)> {
    let kept_back = world.plan().after.kept_back;
    let pairs = kept_back.into_iter();
    pairs
        .map(|variable| (variable.name, variable.kind))
        .collect()
}

#[test]
fn the_callers_value_wins_over_the_one_in_cargos_configuration() {
    let mut world = world("test");
    set(
        &mut world,
        &[
            ("APP_MODE", "ci"),
            ("APP_FORCED", "ci"),
            ("APP_KEY", "ci"),
            ("APP_PASSWORD", "ci"),
            ("APP_STORE", "postgres://u:p@example.org"),
            ("OTHER", "ci"),
            ("APP_DIR", "/opt/x"),
            ("CFLAGS", "-march=native"),
            ("TMPDIR", "/var/x"),
            ("app.dotted", "ci"),
        ],
    );
    let settings = [
        "env.APP_MODE='dev'",
        "env.APP_FORCED={value='dev',force=true}",
        "env.APP_KEY={value='dev',force=false}",
        "env.APP_PASSWORD='dev'",
        "env.APP_STORE='sqlite'",
        "env.APP_DIR={value='tools',relative=true}",
        "env.CFLAGS='-O1'",
        "env.TMPDIR='/tmp'",
        "env.\"app.dotted\"='dev'",
    ];
    let settings = settings.map(Into::into);
    world.cargo_config = CargoConfig::load(&world.host, &world.host.cwd, &settings).unwrap();
    let passed = ["APP_KEY", "APP_MODE", "app.dotted"];
    assert_eq!(variables(&world), passed);
    let kept = kept_back(&world);
    let names: Vec<&str> = kept.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["APP_DIR", "APP_PASSWORD", "APP_STORE", "CFLAGS", "OTHER"]
    );
}

#[test]
fn a_crate_does_not_find_the_images_value_in_place_of_one_that_is_passed_on() {
    let mut world = world("build");
    if let Image::Provided { row, parts, .. } = &mut world.image {
        *parts = Parts::named(row, &["openssl".to_owned()]);
    }
    assert_eq!(variables(&world), [""; 0]);
    set(&mut world, &[("OPENSSL_STATIC", "0")]);
    let own = "AARCH64_UNKNOWN_LINUX_GNU_OPENSSL_STATIC";
    assert_eq!(
        variables(&world),
        ["OPENSSL_STATIC".to_owned(), format!("{own}=0")]
    );
    world.config.passthrough = vec![
        Setting::by_default("OPENSSL_DIR=/opt/own".to_owned()),
        Setting::by_default(format!("{own}=1")),
    ];
    assert_eq!(
        variables(&world),
        [
            "OPENSSL_STATIC",
            "OPENSSL_DIR=/opt/own",
            &format!("{own}=1"),
            "AARCH64_UNKNOWN_LINUX_GNU_OPENSSL_DIR=/opt/own",
        ]
    );
}

#[test]
fn pkg_config_finds_a_projects_libraries_for_the_target() {
    let mut world = world("build");
    set(
        &mut world,
        &[
            ("PKG_CONFIG_PATH_aarch64_unknown_linux_gnu", "/w/p/a:/w/p/b"),
            ("PKG_CONFIG_LIBDIR_aarch64-unknown-linux-gnu", "/w/p/a:/x"),
            ("PKG_CONFIG_PATH_x86_64_unknown_linux_gnu", "/w/p/a"),
            ("PKG_CONFIG_PATH", "/w/p/a"),
        ],
    );
    let passed = ["PKG_CONFIG_PATH_aarch64_unknown_linux_gnu"];
    assert_eq!(variables(&world), passed);
    let elsewhere = "PKG_CONFIG_LIBDIR_aarch64-unknown-linux-gnu".to_owned();
    assert_eq!(kept_back(&world), [(elsewhere, ValueKind::Path)]);
}

#[test]
fn flags_for_the_compilers_of_this_machine_are_known_as_such() {
    let mut world = world("build");
    set(&mut world, &[("CFLAGS", "-march=native"), ("CC", "clang")]);
    assert_eq!(variables(&world), [""; 0]);
    let flags = [("CFLAGS".to_owned(), ValueKind::Flags)];
    assert_eq!(kept_back(&world), flags);
}
