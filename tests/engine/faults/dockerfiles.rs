//! Dockerfiles that the built-in engine reads: edits that must rebuild a step, and syntax that
//! docker also accepts.

use std::collections::BTreeSet;

use super::{Place, SMALL};
use crate::engine::Engine;
use crate::row::AARCH64;
use crate::security::sandbox_images;

crate::tests![BuiltIn:
    an_edit_that_changes_what_a_step_does_makes_it_anew,
    a_command_may_have_comments_between_its_lines,
    an_argument_may_name_those_before_it,
    values_and_words_are_what_they_are_to_docker,
    an_image_without_the_emulator_serves_a_foreign_target,
    what_a_source_leads_to_is_copied_and_makes_the_step_anew,
    names_and_patterns_are_what_they_are_to_docker,
    an_image_says_which_shell_and_user_commands_have,
    an_image_has_instructions_for_those_that_start_from_it,
    here_documents_mounts_and_users_are_what_they_are_to_docker,
    what_cannot_be_done_is_said_of_the_users_own_file,
];

/// The text of the step stays the same, and so do the files that it certainly copies.
fn an_edit_that_changes_what_a_step_does_makes_it_anew(engine: &Engine) {
    for (before, after, said) in [
        (
            "WORKDIR /one\nRUN pwd >/said\n",
            "WORKDIR /two\nRUN pwd >/said\n",
            ["/one\n", "/two\n"],
        ),
        (
            "RUN echo $0 >/said\n",
            "SHELL [\"/bin/bash\", \"-c\"]\nRUN echo $0 >/said\n",
            ["/bin/bash\n", "/bin/sh\n"],
        ),
        (
            "COPY *.a /\nRUN ls /1.* >/said\n",
            "COPY *.b /\nRUN ls /1.* >/said\n",
            ["/1.a\n", "/1.b\n"],
        ),
    ] {
        let place = Place::new(engine).file("1.a", "").file("1.b", "");
        let place = place.dockerfile(before);
        place.check().ok();
        let place = place.dockerfile(after);
        place.check().ok();
        assert_eq!(texts(&place, "said"), said.map(str::to_owned).into());
    }
    // A file that only a wildcard matches.
    let place = Place::new(engine).dockerfile("COPY conf/*.list /\n");
    let place = place.file("conf/1.list", "one");
    place.check().ok();
    let place = place.file("conf/1.list", "two");
    place.check().ok();
    assert_eq!(
        texts(&place, "1.list"),
        ["one", "two"].map(str::to_owned).into()
    );
}

/// The content of every file with this name in the root of a layer.
fn texts(place: &Place, name: &str) -> BTreeSet<String> {
    let files = place.layers().into_iter().map(|layer| layer.join(name));
    files
        .filter_map(|file| fs_err::read_to_string(file).ok())
        .collect()
}

fn a_command_may_have_comments_between_its_lines(engine: &Engine) {
    let place = Place::new(engine)
        .dockerfile("RUN echo one \\\n    # and then\n\n    two \\\n# the end\n    three >/said\n");
    place
        .check()
        .ok()
        .stderr_has("(2/2): echo one two three >/said\n");
    assert_eq!(texts(&place, "said"), ["one two three\n".to_owned()].into());
}

fn an_argument_may_name_those_before_it(engine: &Engine) {
    let text = "ARG NAME=small\nARG IMAGE=localhost/cross-test/${NAME}:1\nFROM $IMAGE\nARG IMAGE\nARG TARGETARCH\n\
                RUN echo $IMAGE $TARGETARCH >/said\n";
    let place = Place::new(engine).dockerfile("").file("Dockerfile", text);
    place.check().ok();
    assert_eq!(texts(&place, "said"), [format!("{SMALL} amd64\n")].into());
}

fn values_and_words_are_what_they_are_to_docker(engine: &Engine) {
    let text = format!(
        "# escape=`\nFROM {SMALL}\nARG WORD='a b'\nENV ONE=1${{TWO:+:$TWO}} TWO=\"${{WORD}}\" THREE='$ORIGIN' FOUR=`$x\n\
         ENV ONE=$ONE${{TWO:+:$TWO}}\nWORKDIR \"/c d\"\nRUN printf '%s|' `\n  \"$ONE\" \"$TWO\" \"$THREE\" \"$FOUR\" \"$PWD\" >/said\n"
    );
    let place = Place::new(engine).dockerfile("").file("Dockerfile", &text);
    place.check().ok();
    let said = "1:a b|a b|$ORIGIN|$x|/c d|";
    assert_eq!(texts(&place, "said"), [said.to_owned()].into());
}

/// The image has neither compiler nor linker, so the crate is only checked.
fn an_image_without_the_emulator_serves_a_foreign_target(engine: &Engine) {
    let text = format!("[target.{}]\ndockerfile = 'Dockerfile'\n", AARCH64.triple);
    let place = Place::new(engine)
        .dockerfile("RUN true\n")
        .file("Cross.toml", &text);
    let run = place.project.aarch64(&["check"]);
    run.env("XDG_CACHE_HOME", place.cache()).ok();
}

/// A link that is named is followed within the context, or within the image of `--from`.
fn what_a_source_leads_to_is_copied_and_makes_the_step_anew(engine: &Engine) {
    let text = format!(
        "FROM {SMALL} AS first\nRUN mkdir -p /a/b && echo stage >/a/file && ln -s /a /link && ln -s ../../a/file /a/b/up\n\
         FROM {SMALL}\nCOPY absolute twice* /copied/\nCOPY --from=first /link/b/up /up\nCOPY dots/* /dots/\n\
         RUN cat /copied/absolute /copied/twice /up >/said; stat -c %F /copied/* /up >>/said; ls -A /dots >>/said\n"
    );
    let place = Place::new(engine)
        .dockerfile("")
        .file("Dockerfile", &text)
        .file("data/file", "one\n")
        .file("dots/.dot", "");
    for (name, target) in [("absolute", "/data/file"), ("twice", "absolute")] {
        std::os::unix::fs::symlink(target, place.project.path(name)).expect("a link");
    }
    place.check().ok();
    let said = |word: &str| {
        format!("{word}\n{word}\nstage\nregular file\nregular file\nregular file\n.dot\n")
    };
    assert_eq!(texts(&place, "said"), [said("one")].into());
    let place = place.file("data/file", "two\n");
    place.check().ok();
    assert_eq!(texts(&place, "said"), [said("one"), said("two")].into());
}

/// A name may have line breaks and blanks. In a class only `^` negates.
fn names_and_patterns_are_what_they_are_to_docker(engine: &Engine) {
    let text = format!(
        "FROM {SMALL} AS first\nCOPY --chmod=600 dir/* /dir/\nCOPY --chmod=600 dir /whole/\nCOPY dir/[!b] /one/\nCOPY dir/[^b] /two/\n\
         FROM {SMALL}\nCOPY --from=first /dir/*2 /three/\n\
         COPY --from=first /dir /dir\nCOPY --from=first /whole /whole\nCOPY --from=first /one /one\nCOPY --from=first /two /two\n\
         RUN cd / && for dir in dir whole one two three; do stat -c %a:%n $dir/*; done >/said\n"
    );
    let place = Place::new(engine).dockerfile("").file("Dockerfile", &text);
    let place = ["b", "!", "c", "line\nbreak 2", " "]
        .iter()
        .fold(place, |place, name| place.file(&format!("dir/{name}"), ""));
    place.check().ok();
    let said = "600:dir/ \n600:dir/!\n600:dir/b\n600:dir/c\n600:dir/line\nbreak 2\n\
                600:whole/ \n600:whole/!\n600:whole/b\n600:whole/c\n600:whole/line\nbreak 2\n\
                644:one/!\n644:one/b\n644:two/ \n644:two/!\n644:two/c\n600:three/line\nbreak 2\n";
    assert_eq!(texts(&place, "said"), [said.to_owned()].into());
    let place = place.dockerfile("COPY dir/[b /\n");
    place
        .check()
        .code(101)
        .stderr_has("`COPY dir/[b`: the pattern is not valid");
}

fn an_image_says_which_shell_and_user_commands_have(engine: &Engine) {
    let name = "localhost/cross-test/settings:1";
    let place = Place::new(engine).dockerfile("");
    let settings = serde_json::json!({ "Shell": ["/bin/bash", "-c"], "User": "12:34" });
    sandbox_images::name_with(&place, name, &settings);
    let text = format!(
        "FROM {name} AS first\nRUN echo $0 $(id -u):$(id -g) >/tmp/said\n\
         FROM first\nSHELL [\"/bin/sh\", \"-c\"]\nRUN echo $0 $(id -u) >>/tmp/said\n\
         FROM {name}\nUSER root\nCOPY --from=1 /tmp/said /all\nRUN echo $0 $(id -u) >>/all\n"
    );
    let place = place.file("Dockerfile", &text);
    place.check().ok();
    let said = "/bin/bash 12:34\n/bin/sh 12\n/bin/bash 0\n";
    assert!(texts(&place, "all").contains(said));
}

/// What `ONBUILD` has left in the image comes first, in the images that start from it alone.
fn an_image_has_instructions_for_those_that_start_from_it(engine: &Engine) {
    let name = "localhost/cross-test/triggers:1";
    let place = Place::new(engine).dockerfile("");
    let triggers = ["ARG WORD=one", "ENV OWN=$WORD", "RUN echo $OWN >>/said"];
    let settings = serde_json::json!({ "OnBuild": triggers });
    sandbox_images::name_with(&place, name, &settings);
    let text = format!(
        "FROM {name} AS first\nRUN echo two $OWN $WORD >>/said\nFROM first\nRUN echo three $OWN >>/said\n\
         RUN cp /said /all\nFROM {SMALL}\nCOPY --from=1 /all /copied\nCOPY --from={name} /etc /etc\n"
    );
    let place = place.file("Dockerfile", &text);
    place.check().ok();
    let said = "one\ntwo one one\nthree one\n";
    assert_eq!(texts(&place, "copied"), [said.to_owned()].into());
    let settings = serde_json::json!({ "OnBuild": ["COPY . /src"] });
    sandbox_images::name_with(&place, name, &settings);
    // An image that is tagged anew does not make the image anew that starts from it.
    let place = place.file("Dockerfile", &format!("FROM {name}\n"));
    let outcome = place.check().code(101);
    outcome.stderr_has(&format!(
        "cannot do `COPY . /src`, an `ONBUILD` of `{name}`"
    ));
}

fn here_documents_mounts_and_users_are_what_they_are_to_docker(engine: &Engine) {
    let text = format!(
        "FROM {SMALL} AS first\nRUN /var/lib/dpkg/info/base-passwd.preinst install\nONBUILD RUN echo trigger >/said\nRUN cat <<'E' >/text && cat <<-F >>/text\n$X\nE\n\tend\n\tF\n\
         FROM first\nARG WORD=word\nCOPY --chmod=0711 <<E /bin/hello\n#!/bin/sh\necho $WORD\nE\n\
         ADD data.tar /data\nCOPY --chown=nobody --chmod=600 data /copied\nCOPY --chown=12 data /numbered\n\
         RUN --mount=type=cache,target=/c --mount=type=bind,source=data,target=/ctx cp /ctx/one /c && cat /c/one >>/said\n\
         RUN <<E\nset -e\n(cat /text /data/data/one; hello; ls /c; stat -c %a /bin/hello /copied/one; stat -c %U:%G:%g /copied/one; stat -c %u:%g /numbered/one) >>/said\nE\n\
         USER nobody\nRUN echo $HOME >/tmp/home\nENV HOME=/own\nRUN echo $HOME >>/tmp/home\n\
         USER root\nRUN cat /tmp/home >>/said && cp /said /all\n"
    );
    let place = Place::new(engine)
        .dockerfile("")
        .file("Dockerfile", &text)
        .file("data/one", "one\n");
    let root = place.project.root();
    let packed = std::process::Command::new("tar")
        .args(["-cf", "data.tar", "data"])
        .current_dir(root)
        .status();
    assert!(packed.is_ok_and(|status| status.success()), "tar");
    place.check().ok();
    let said = "trigger\none\n$X\nend\none\nword\n711\n600\nnobody:nogroup:65534\n12:12\n/nonexistent\n/own\n";
    assert_eq!(texts(&place, "all"), [said.to_owned()].into());
}

fn what_cannot_be_done_is_said_of_the_users_own_file(engine: &Engine) {
    for (lines, what) in [
        (
            "ADD https://a.example/b b\n",
            "cannot do `ADD https://a.example/b`, in line 2 of",
        ),
        ("INSTRUCTION of next year\n", "unknown instruction"),
        ("RUN true\nRUN false\n", "The step in line 3 of"),
    ] {
        let place = Place::new(engine).dockerfile(lines);
        let file = place.project.path("Dockerfile");
        let outcome = place.check().code(101).stderr_has(what);
        outcome.stderr_has(&format!("`{}`", file.display()));
    }
}
