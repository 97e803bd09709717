//! Configuration in the metadata of `Cargo.toml`.

use crate::fixture::Fixture;

const NETWORK: &str = "- --network host\n+ --network none";

#[test]
fn the_packages_manifest_configures_cross_and_the_file_wins_over_it() {
    let fixture = Fixture::new();
    let plain = fixture.build().run().line();
    let more = "[package.metadata.cross.build]\nnetwork = 'none'\n";
    fixture.krate("project", "hello", more);
    fixture.build().run().line().differs(&plain, NETWORK);
    fixture.file("Cross.toml", "[build]\nnetwork = 'host'\n");
    fixture.build().run().line().differs(&plain, "");
}

#[test]
fn a_member_is_configured_by_its_own_manifest_and_by_the_workspaces() {
    let fixture = Fixture::new();
    let workspace = "[workspace]\nmembers = ['member']\n\
        [workspace.metadata.cross.build]\nnetwork = 'none'\n\
        [workspace.metadata.cross.target.'*']\nrunner = 'native'\n";
    fixture.krate("project", "hello", workspace);
    let more = "[package.metadata.cross.build]\nnetwork = 'bridge'\n";
    fixture.krate("project/member", "member", more);
    let from_root = fixture.build().run().line();
    from_root
        .has("--network none")
        .has("--env CROSS_RUNNER=native");
    let from_member = fixture.build().dir("project/member").run().line();
    from_member
        .has("--network bridge")
        .has("--env CROSS_RUNNER=native");
}

#[test]
fn a_mistake_in_a_manifest_is_shown_where_it_stands() {
    let fixture = Fixture::new();
    let more = "[package.metadata.cross.build]\nnetwrok = 'none'\n";
    fixture.krate("project", "hello", more);
    fixture.build().refuses(
        101,
        "
        error: unknown field `netwrok`, expected one of `engine`, `default-target`, `mirror`, `network`, `read-only`, `test-timeout`, `build-std`, `xargo`, `dockerfile`, `pre-build`, `parts`, `env`
         --> [PROJECT]/Cargo.toml:6:1
          |
        6 | netwrok = 'none'
          | ^
        hint: did you mean `network`?
        ",
    );
}

#[test]
fn a_volume_that_does_not_exist_is_named() {
    let fixture = Fixture::new();
    fixture.file("Cross.toml", "[build.env]\nvolumes = ['ASSETS']\n");
    fixture.build().run().success();
    fixture.build().env("ASSETS", "/no/such/place").refuses(
        101,
        "
        error: the volume `/no/such/place` does not exist
        hint: `ASSETS` was named by `build.env.volumes` in `[PROJECT]/Cross.toml`
        ",
    );
    fixture.file("Cross.toml", "[build.env]\nvolumes = ['ASSETS=~/x']\n");
    fixture.build().refuses(
        101,
        "
        error: the volume `[PROJECT]/~/x` does not exist
        hint: `ASSETS` was named by `build.env.volumes` in `[PROJECT]/Cross.toml`, where `~` is no home directory
        ",
    );
}

/// Such paths count from the project's root, as those of Dockerfiles and scripts do. Build scripts
/// run in the package's directory, which need not be the caller's either.
#[test]
fn a_volume_of_a_file_counts_from_the_root() {
    let fixture = Fixture::new();
    fixture.file("Cross.toml", "[build.env]\nvolumes = ['DATA=data']\n");
    fixture.file("data/x", "");
    fixture.file("src/x", "");
    let src = fixture.project.join("src");
    let ran = fixture.build().dir(&src).run();
    let line = ran.success().line();
    line.has("--env DATA=[PROJECT]/data")
        .has("--mount type=bind,source=[PROJECT]/data,target=[PROJECT]/data");
}
