//! Dockerfiles that the built-in engine reads: what an edit makes anew, and what docker understands too.

use super::Place;
use crate::engine::Engine;
use crate::row::AARCH64;

crate::tests![BuiltIn:
    an_edit_that_changes_what_a_step_does_makes_it_anew,
    a_command_may_have_comments_between_its_lines,
    an_argument_may_name_those_before_it,
    an_image_without_the_emulator_serves_a_foreign_target,
];

/// Neither the text of the step nor the files that it is sure to copy differ.
fn an_edit_that_changes_what_a_step_does_makes_it_anew(engine: &Engine) {
    for (before, after) in [
        (
            "WORKDIR /one\nRUN pwd >/said\n",
            "WORKDIR /two\nRUN pwd >/said\n",
        ),
        (
            "RUN echo $0 >/said\n",
            "SHELL [\"/bin/bash\", \"-c\"]\nRUN echo $0 >/said\n",
        ),
        (
            "COPY *.a /\nRUN ls / >/said\n",
            "COPY *.b /\nRUN ls / >/said\n",
        ),
    ] {
        let said = |place: &Place| {
            let outcome = place.cross(&["rustc", "--", "--version"]).ok();
            let custom = super::entries(&place.store().join("images"));
            let custom = custom.iter().map(|path| super::json(path));
            let newest = custom.filter(|image| image["labels"]["cross.recipe"].is_string());
            let layers: Vec<String> = newest
                .filter_map(|image| Some(image["layers"].as_array()?.last()?.as_str()?.to_owned()))
                .collect();
            drop(outcome);
            layers
        };
        let place = Place::new(engine).dockerfile(before);
        for name in ["1.a", "1.b"] {
            fs_err::write(place.project.path(name), name).expect("a file");
        }
        let project = place.project.settle();
        let place = Place { project, ..place };
        let first = said(&place);
        let place = place.dockerfile(after);
        let both = said(&place);
        assert_eq!((first.len(), both.len()), (1, 2), "{after}");
        assert_ne!(both[0], both[1], "`{after}` was taken for done");
    }
    // A file that only a wildcard names.
    let place = Place::new(engine).dockerfile("COPY conf/*.list /\n");
    let place = file(place, "conf/1.list", "one");
    place.check().ok();
    let place = file(place, "conf/1.list", "two");
    place.check().ok();
    let made = place.layers().into_iter().map(|layer| layer.join("1.list"));
    let mut texts: Vec<String> = made
        .filter_map(|path| fs_err::read_to_string(path).ok())
        .collect();
    texts.sort();
    assert_eq!(texts, ["one", "two"]);
}

fn file<'a>(place: Place<'a>, path: &str, text: &str) -> Place<'a> {
    let project = place.project.file(path, text);
    Place { project, ..place }
}

fn a_command_may_have_comments_between_its_lines(engine: &Engine) {
    let place = Place::new(engine)
        .dockerfile("RUN echo one \\\n    # and then\n\n    two \\\n# the end\n    three >/said\n");
    place.check().ok();
    let said = place.layer_with("said").join("said");
    assert_eq!(
        fs_err::read_to_string(said).expect("a file"),
        "one two three\n"
    );
}

fn an_argument_may_name_those_before_it(engine: &Engine) {
    let place = Place::new(engine).dockerfile("");
    let text = "ARG NAME=small\nARG IMAGE=localhost/cross-test/${NAME}:1\nFROM $IMAGE\nARG IMAGE\nARG TARGETARCH\n\
                RUN echo $IMAGE $TARGETARCH >/said\n";
    let place = file(place, "Dockerfile", text);
    place.check().ok();
    let said = place.layer_with("said").join("said");
    let said = fs_err::read_to_string(said).expect("a file");
    assert_eq!(said, format!("{} amd64\n", super::SMALL));
}

/// It has neither compiler nor linker, so the crate is only checked.
fn an_image_without_the_emulator_serves_a_foreign_target(engine: &Engine) {
    let place = Place::new(engine);
    let text = format!("[target.{}]\ndockerfile = 'Dockerfile'\n", AARCH64.triple);
    let place = file(place, "Cross.toml", &text);
    let place = file(
        place,
        "Dockerfile",
        &format!("FROM {}\nRUN true\n", super::SMALL),
    );
    let run = place.project.aarch64(&["check"]);
    run.env("XDG_CACHE_HOME", place.cache()).ok();
}
