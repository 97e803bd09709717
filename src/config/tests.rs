//! Tests of the configuration and its sources.

use super::string_or_table::WordOrTable as _;
use super::*;
use pretty_assertions::assert_eq;

const T: &str = "aarch64-unknown-linux-gnu";

fn config(variables: &[(&str, &str)], text: &str) -> Config {
    let env = variables
        .iter()
        .map(|(k, v)| (k.into(), v.into()))
        .collect();
    let path = PathBuf::from("/p/Cross.toml");
    Config {
        host: Host {
            env,
            ..Host::default()
        },
        layers: vec![Layer::of_file(path, text).unwrap()],
        ..Config::default()
    }
}

#[test]
fn a_variable_wins_over_the_file_and_says_so() {
    let text = format!("[target.{T}]\nimage = 'file:1'");
    let name = "CROSS_TARGET_AARCH64_UNKNOWN_LINUX_GNU_IMAGE";
    let image = config(&[], &text).for_target(T).unwrap().image.unwrap();
    assert_eq!(image.value, Image::of_word("file:1"));
    assert_eq!(
        image.source.to_string(),
        format!("`target.{T}.image` in `/p/Cross.toml`")
    );
    let image = config(&[(name, "variable:2")], &text)
        .for_target(T)
        .unwrap();
    let image = image.image.unwrap();
    assert_eq!(image.value, Image::of_word("variable:2"));
    assert_eq!(image.source, Source::Variable(name.to_owned()));
}

#[test]
fn lists_add_up_and_a_targets_variable_counts_alone() {
    let text = "[build.env]\npassthrough = ['A', 'B=1']";
    let name = "CROSS_TARGET_AARCH64_UNKNOWN_LINUX_GNU_ENV_PASSTHROUGH";
    let config = config(&[(name, "C D=2")], text);
    let values = |triple| -> Vec<String> {
        let settings = config.for_target(triple).unwrap().passthrough;
        settings.into_iter().map(|s| s.value).collect()
    };
    assert_eq!(values(T), ["A", "B=1", "C", "D=2"]);
    assert_eq!(values("other"), ["A", "B=1"]);
}

#[test]
fn build_std_for_a_target_wins_over_build_std_for_all() {
    let text = format!("[build]\nbuild-std = true\n[target.{T}]\nbuild-std = ['core']");
    let of = |variables: &[(&str, &str)], triple| {
        let setting = config(variables, &text).for_target(triple).unwrap();
        let setting = setting.build_std.unwrap();
        (setting.value, setting.source.to_string())
    };
    let core = BuildStd::Crates(vec![build_std::StdCrate::Core]);
    let key = format!("`target.{T}.build-std` in `/p/Cross.toml`");
    assert_eq!(of(&[], T), (core.clone(), key.clone()));
    let (value, source) = of(&[], "other");
    assert_eq!(value, BuildStd::Always);
    assert_eq!(source, "`build.build-std` in `/p/Cross.toml`");
    let all = ("CROSS_BUILD_BUILD_STD", "false");
    assert_eq!(of(&[all], T), (core, key));
    assert_eq!(of(&[all], "other").0, BuildStd::Never);
    let one = "CROSS_TARGET_AARCH64_UNKNOWN_LINUX_GNU_BUILD_STD";
    let (value, source) = of(&[all, (one, "true")], T);
    assert_eq!(value, BuildStd::Always);
    assert_eq!(source, format!("the variable `{one}`"));
    let error = config(&[(one, "yes")], "").for_target(T).unwrap_err();
    assert_eq!(
        error.message(),
        format!("the variable `{one}` cannot be `yes`")
    );
}

#[test]
fn a_variable_with_a_wrong_value_is_named() {
    let config = config(&[("CROSS_BUILD_NETWORK", "lan")], "");
    let error = config.for_target(T).unwrap_err();
    assert_eq!(
        error.message(),
        "the variable `CROSS_BUILD_NETWORK` cannot be `lan`"
    );
}

#[test]
fn what_cannot_be_a_variable_is_refused() {
    let config = config(&[], "[build.env]\npassthrough = ['MY VAR']");
    let error = config.for_target(T).unwrap_err();
    assert_eq!(
        error.message(),
        "`MY VAR` is not the name of a variable, in `build.env.passthrough` in `/p/Cross.toml`"
    );
}

#[test]
fn a_name_wins_over_a_pattern_a_file_over_a_manifest_and_lists_add_up() {
    let layer = |path: &str, within, text: &str| Layer {
        path: path.into(),
        within,
        file: parse::parse(Path::new(path), text).unwrap(),
    };
    let cross = "[target.'*-gnu']\nimage = 'gnu'\nenv.passthrough = ['B']\n\
        [target.'*']\nimage = 'all'\nrunner = 'native'\nenv.passthrough = ['A']";
    let package = format!(
        "[target.{T}]\nimage = 'package'\nbuild-std = true\nenv.passthrough = ['P']\n\
         [build]\nnetwork = 'none'"
    );
    let config = Config {
        host: Host::default(),
        layers: vec![
            layer("/p/Cross.toml", "", cross),
            layer("/p/Cargo.toml", "package.metadata.cross.", &package),
        ],
        ..Config::default()
    };
    let target = config.for_target(T).unwrap();
    let image = target.image.unwrap();
    assert_eq!(image.value, Image::of_word("gnu"));
    assert_eq!(
        image.source.to_string(),
        "`target.*-gnu.image` in `/p/Cross.toml`"
    );
    assert_eq!(target.runner.unwrap().value, RunnerKey::Native);
    assert_eq!(
        target.build_std.unwrap().source.to_string(),
        format!("`package.metadata.cross.target.{T}.build-std` in `/p/Cargo.toml`")
    );
    assert_eq!(target.network.value, Network::None);
    let names: Vec<&str> = target
        .passthrough
        .iter()
        .map(|s| s.value.as_str())
        .collect();
    assert_eq!(names, ["P", "A", "B"]);
    let other = config.for_target("i686-unknown-linux-musl").unwrap();
    assert_eq!(other.image.unwrap().value, Image::of_word("all"));
}

#[test]
fn an_image_can_be_a_table_a_tag_or_an_ending() {
    let image = |text: &str| {
        let file: CrossToml =
            parse::parse(Path::new("C"), &format!("[target.t]\nimage = {text}")).unwrap();
        file.target["t"]
            .image
            .clone()
            .unwrap()
            .name("localhost/cross/t:1.0")
    };
    assert_eq!(image("'own:2'"), "own:2");
    assert_eq!(image("':edge'"), "localhost/cross/t:edge");
    assert_eq!(image("'-debug'"), "localhost/cross/t:1.0-debug");
    assert_eq!(image("'@sha256:00'"), "localhost/cross/t@sha256:00");
    assert_eq!(
        image("{ name = 'a', toolchain = ['linux/amd64=x86_64-unknown-linux-gnu'] }"),
        "a"
    );
    let wrong = "[target.t]\nimage = { nam = 'a' }";
    let error = parse::parse::<CrossToml>(Path::new("C"), wrong).unwrap_err();
    assert_eq!(error.hint_text(), Some("did you mean `name`?"));
}

#[test]
fn a_pattern_can_be_passed_through_but_not_mounted() {
    let text = "[build.env]\npassthrough = ['APP_*']\nvolumes = ['DIR_*']";
    let error = config(&[], text).for_target(T).unwrap_err();
    assert_eq!(
        error.message(),
        "`DIR_*` in `build.env.volumes` in `/p/Cross.toml` names no variable"
    );
}
