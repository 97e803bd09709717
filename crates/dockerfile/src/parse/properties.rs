//! Properties that hold for every Dockerfile.

use std::collections::BTreeMap;

use super::*;
use proptest::prelude::*;

/// A line of a Dockerfile, or one that is nearly valid.
fn line() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "FROM debian",
        "FROM a AS b",
        "from b",
        "ARG A=1",
        "ENV A=$A B=\"x y\"",
        "ENV A b c",
        "RUN make",
        "RUN [\"make\", \"all\"]",
        "RUN --mount=type=cache,target=/c make",
        "RUN cat <<E",
        "E",
        "COPY a b /c/",
        "COPY --from=b /a /b",
        "COPY <<'E' /x",
        "USER 1:2",
        "WORKDIR /w",
        "ONBUILD RUN x",
        "SHELL [\"/bin/bash\", \"-c\"]",
        "# a comment",
        "# syntax=docker/dockerfile:1",
        "  && more \\",
        "RUN one \\",
        "",
        "ä",
    ];
    prop_oneof![
        8 => proptest::sample::select(KNOWN).prop_map(str::to_owned),
        1 => "[A-Z]{0,6} ?[-a-z<$\\\\\"' =/#]{0,10}",
    ]
}

/// The text of an instruction, and the parsed instruction.
fn instruction() -> impl Strategy<Value = (String, Instruction)> {
    prop_oneof![
        "[a-z]{1,6}".prop_map(|word| {
            let run = Run {
                words: vec![word.clone()],
                in_shell: true,
                ..Run::default()
            };
            (format!("RUN {word}"), Instruction::Run(run))
        }),
        ("[A-Z]{1,6}", "[a-z]{1,6}").prop_map(|(name, value)| {
            let text = format!("ENV {name}={value}");
            (text, Instruction::Env(vec![(name, value)]))
        }),
        "/[a-z]{1,6}".prop_map(|dir| (format!("WORKDIR {dir}"), Instruction::Workdir(dir))),
        "[a-z]{1,6}".prop_map(|user| (format!("USER {user}"), Instruction::User(user))),
    ]
}

proptest! {
    // No file with failures is written beside the source.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Any text is parsed or refused, and each step is in the line that it is said to be in.
    #[test]
    fn a_step_stands_where_it_is_said_to_stand(lines in proptest::collection::vec(line(), 0..10)) {
        let text = format!("FROM debian\n{}", lines.join("\n"));
        let Ok(file) = read(Path::new("Dockerfile"), &text) else {
            return Ok(());
        };
        for written in file.stages.iter().flat_map(|stage| &stage.steps) {
            let begin = written.text.lines().next().unwrap_or_default();
            let line = text.lines().nth(written.line - 1).unwrap_or_default();
            prop_assert!(line.contains(begin), "{:?} is not in line {} of {:?}", begin, written.line, text);
        }
    }

    /// Comments, empty lines and the case of keywords change nothing.
    #[test]
    fn what_is_written_is_what_is_read(
        instructions in proptest::collection::vec((instruction(), any::<bool>(), 0..3_usize), 1..8),
    ) {
        const BETWEEN: &[&str] = &["", "# a comment\n", "\n\n"];
        let mut text = "FROM debian\n".to_owned();
        for ((instruction, _), is_small, between) in &instructions {
            text.push_str(BETWEEN[*between]);
            let (keyword, rest) = instruction.split_once(' ').unwrap_or_default();
            let keyword = if *is_small { keyword.to_lowercase() } else { keyword.to_owned() };
            text.extend([keyword.as_str(), " ", rest, "\n"]);
        }
        let file = read(Path::new("Dockerfile"), &text).unwrap();
        let steps = file.stages[0].steps.iter().map(|written| written.step.clone());
        let said = instructions.into_iter().map(|((_, step), ..)| step);
        prop_assert_eq!(steps.collect::<Vec<_>>(), said.collect::<Vec<_>>());
    }

    #[test]
    fn a_text_without_names_stands_for_itself(text in "[-a-zA-Z0-9 /.:=_{}]{0,30}") {
        let values = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
        prop_assert_eq!(expand(&text, &values, '\\'), text);
    }
}
