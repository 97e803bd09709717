//! Names of images that a project gives. Podman also takes places of the machine for names, opens
//! them, and starts the programs that such a name gives for that.

use std::os::unix::fs::symlink;

use crate::cross::Ran;
use crate::fixture::{AARCH64, Fixture};

/// Stores and archives of the machine.
const PLACES: &[&str] = &[
    "containers-storage:[overlay@/p/root+/p/run:overlay.mount_program=/p/evil]localhost/x",
    "dir:image",
    "oci-archive:image.tar",
    "docker-daemon:image:1",
];

/// Expects that podman was told nothing of this place.
#[track_caller]
fn tells_nothing(ran: &Ran<'_>, place: &str) {
    let told = ran.calls_of("podman").concat();
    assert!(!told.contains(place), "{ran}");
    for work in ["podman build", "podman pull", "podman run"] {
        assert!(ran.calls_of(work).is_empty(), "{ran}");
    }
}

#[test]
fn podman_is_asked_for_no_image_at_a_place_of_the_machine() {
    let fixture = Fixture::new();
    let image = |name: &str| {
        let text = format!("build.engine = 'podman'\ntarget.{AARCH64}.image = '{name}'\n");
        fixture.file("Cross.toml", &text);
    };
    for place in PLACES {
        image(place);
        let plan = fixture.util(&format!("plan -- build --target {AARCH64}"));
        for ran in [fixture.build().run(), plan.run()] {
            tells_nothing(&ran, place);
            ran.code(101).says(&format!(
                "error: `{place}`, which `target.{AARCH64}.image` in `[PROJECT]/Cross.toml` gives, is no name of an image\n\
                 hint: a name is of the form `registry/name:tag`; "
            ));
        }
    }
    // Controls.
    let id = format!("sha256:{}", "0a".repeat(32));
    for name in ["docker:24", "my.example:5000/a/b@sha256:00", &id] {
        image(name);
        let ran = fixture.build().run();
        assert_eq!(ran.success().calls_of("podman pull").len(), 1, "{ran}");
    }
}

/// Podman expands variables in all of these, and before version 4.4 takes the text of a
/// here-document for instructions.
#[test]
fn a_dockerfile_names_no_place_of_the_machine() {
    let fixture = Fixture::new();
    fixture.file(
        "Cross.toml",
        "build.engine = 'podman'\nbuild.dockerfile = { file = 'D', build-args = { GIVEN = 'dir:image' } }\n",
    );
    for (line, text) in [
        (1, "FROM PLACE\n"),
        (2, "ARG I=PLACE\nFROM $I\n"),
        (2, "ARG GIVEN=debian\nFROM $GIVEN\n"),
        (2, "FROM debian\nCOPY --from=PLACE /a /b\n"),
        (
            2,
            "FROM debian\nRUN --mount=type=bind,from=PLACE,target=/a true\n",
        ),
        (2, "FROM debian\nONBUILD COPY --from=PLACE /a /b\n"),
        (3, "FROM debian\nRUN cat <<E\nFROM PLACE\nE\n"),
    ] {
        for place in PLACES {
            fixture.file("D", &text.replace("PLACE", place));
            let ran = fixture.build().run();
            let place = if text.contains("GIVEN") {
                "dir:image"
            } else {
                place
            };
            tells_nothing(&ran, place);
            ran.code(101).says(&format!(
                "error: `{place}` in line {line} of `[PROJECT]/D` is no name of an image\n"
            ));
        }
    }
    fixture.file("D", "ARG I=${B?no}\nFROM $I\n");
    let ran = fixture.build().run();
    tells_nothing(&ran, "$I");
    ran.code(101).says_exactly(
        "error: `FROM $I` in line 2 of `[PROJECT]/D` names an image that is not known before the build\n\
         hint: declare its variables with `ARG` in front of the first `FROM`, each with a value there or in `build-args`\n",
    );
    fixture.file("D", "FROM debian\nARG A=from=dir:image\nCOPY --$A /a /b\n");
    let ran = fixture.build().run();
    tells_nothing(&ran, "dir:image");
    ran.code(101)
        .says("`--$A` in line 3 of `[PROJECT]/D` names an image that is not known");
    // Control.
    let good = "ARG GIVEN\nARG V=12\nFROM --platform=$BUILDPLATFORM debian:${V}-slim AS first\n\
        FROM first AS second\nRUN --mount=from=first,target=/a --mount=type=cache,target=/c true\n\
        COPY --from=docker:24 /a /b\nCOPY --from=0 /a /b\n";
    fixture.file("D", good);
    let ran = fixture.build().run();
    assert_eq!(ran.success().calls_of("podman build").len(), 1, "{ran}");
}

/// Podman follows links there to any path of the machine, and `..` in the name of a cache. It
/// expands variables before it takes a mount apart.
#[test]
fn a_mount_of_a_dockerfile_leads_podman_nowhere_else() {
    let fixture = Fixture::new();
    fixture.file("dir/file", "");
    symlink("/", fixture.project.join("link")).expect("a link");
    for (mount, stays) in [
        ("type=bind,source=link,target=/a", false),
        ("type=cache,id=../../a,target=/a", false),
        ("type=bind,from=a,source=/link,target=/a", false),
        ("type=bind,target=/a,$X", false),
        ("type=bind,source=dir,target=/a", true),
        ("type=cache,id=a,target=/a", true),
    ] {
        fixture.file(
            "D",
            &format!("FROM debian AS a\nRUN --mount={mount} true\n"),
        );
        for engine in ["podman", "docker"] {
            let text = format!("build.engine = '{engine}'\nbuild.dockerfile = 'D'\n");
            fixture.file("Cross.toml", &text);
            let ran = fixture.build().run();
            if stays || engine == "docker" {
                let builds = ran.success().calls_of(&format!("{engine} build"));
                assert_eq!(builds.len(), 1, "{mount} {ran}");
                continue;
            }
            tells_nothing(&ran, mount);
            ran.code(101).says(&format!(
                "error: `--mount={mount}` in line 2 of `[PROJECT]/D` may lead to other files of this machine with `podman`\n\
                 hint: take docker (`CROSS_CONTAINER_ENGINE=docker`), or copy the files with `COPY`\n"
            ));
        }
    }
}
