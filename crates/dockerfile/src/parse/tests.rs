//! Tests of parsing Dockerfiles.

use std::collections::BTreeMap;

use super::*;
use pretty_assertions::assert_eq;

fn run(words: Vec<String>) -> Run {
    Run {
        words,
        ..Run::default()
    }
}

/// A command for the shell.
fn in_shell(command: &str) -> Run {
    Run {
        in_shell: true,
        ..run(vec![command.to_owned()])
    }
}

/// The steps of the last stage.
fn steps(text: &str) -> Vec<Instruction> {
    let file = read(Path::new("Dockerfile"), text).unwrap();
    let last = file.stages.last().unwrap();
    last.steps
        .iter()
        .map(|written| written.step.clone())
        .collect()
}

#[test]
fn here_documents_are_scripts_and_parts_of_commands() {
    let text = "FROM x\nRUN mkdir a && \\\n  cat <<'E' >b\n$X # no comment\nE\nRUN <<-E\n\techo 1\n\tE\n\
                RUN <<E\n#!/bin/bash\nE\nCOPY --chmod=755 <<E /x\n$A\nE\nRUN last\n";
    let mut found = steps(text).into_iter();
    let mut words = || match found.next() {
        Some(Instruction::Run(run)) => run.words,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        words()[0],
        "mkdir a &&   cat <<'E' >b\n$X # no comment\nE\n"
    );
    assert_eq!(words()[0], "echo 1\n");
    assert_eq!(words()[2..], [PROGRAM, "sh", "#!/bin/bash\n"]);
    let copy = Copy {
        texts: vec![Text {
            name: "E".to_owned(),
            content: "$A\n".to_owned(),
            expands: true,
        }],
        to: "/x".to_owned(),
        mode: Some("755".to_owned()),
        ..Copy::default()
    };
    assert_eq!(found.next(), Some(Instruction::Copy(copy)));
    assert!(matches!(found.next(), Some(Instruction::Run(_))));
}

#[test]
fn commands_have_what_mounts_give_them() {
    let text = "FROM x\nRUN --mount=type=cache,target=/c --mount=target=/p,source=data \
                --mount=type=secret,id=s --network=none true\n";
    let expected = Run {
        words: vec!["true".to_owned()],
        in_shell: true,
        memory: vec!["/c".to_owned()],
        context: vec![("data".to_owned(), "/p".to_owned())],
        offline: true,
    };
    assert_eq!(steps(text), [Instruction::Run(expected)]);
}

#[test]
fn a_stage_begins_with_what_the_one_it_starts_from_left_for_it() {
    let found = steps("FROM x AS a\nONBUILD RUN b\nRUN c\nFROM a\nRUN d\n");
    let command = |step: &Instruction| match step {
        Instruction::Run(run) => run.words[0].clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(found.iter().map(command).collect::<Vec<_>>(), ["b", "d"]);
}

#[test]
fn instructions_are_read_with_their_values() {
    let text = "ARG BASE=x\nFROM $BASE AS One\nARG A\nARG B=\"1 2\"\nENV X=1 \\\n    Y=\"a b\"\nENV OLD way of it\n\
                WORKDIR /w\nRUN make \\\n  all\nRUN [\"a\", \"b c\"]\nCOPY --from=zero /p q/ /r/\nCMD [\"x\"]\n";
    let file = read(Path::new("Dockerfile"), text).unwrap();
    assert_eq!(file.args, [("BASE".to_owned(), Some("x".to_owned()))]);
    let stage = &file.stages[0];
    assert_eq!(stage.name.as_deref(), Some("one"));
    let own = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let steps: Vec<Instruction> = stage
        .steps
        .iter()
        .map(|written| written.step.clone())
        .collect();
    assert_eq!(
        steps,
        [
            Instruction::Arg("A".to_owned(), None),
            Instruction::Arg("B".to_owned(), Some("\"1 2\"".to_owned())),
            Instruction::Env(vec![pair("X", "1"), pair("Y", "\"a b\"")]),
            Instruction::Env(vec![pair("OLD", "way of it")]),
            Instruction::Workdir("/w".to_owned()),
            Instruction::Run(in_shell("make   all")),
            Instruction::Run(run(own(&["a", "b c"]))),
            Instruction::Copy(Copy {
                from: Some("zero".to_owned()),
                sources: own(&["/p", "q/"]),
                to: "/r/".to_owned(),
                ..Copy::default()
            }),
            Instruction::Nothing,
        ]
    );
}

#[test]
fn comments_between_the_lines_of_a_command_are_no_part_of_it() {
    let text = "FROM x\nRUN apt-get install \\\n    # for the tests\n    liba \\ \n\n\tlibb\nRUN echo '#1'\n";
    let file = read(Path::new("Dockerfile"), text).unwrap();
    let commands = file.stages[0]
        .steps
        .iter()
        .map(|written| match &written.step {
            Instruction::Run(run) => run.words[0].clone(),
            other => panic!("{other:?}"),
        });
    let commands: Vec<String> = commands.collect();
    assert_eq!(commands, ["apt-get install     liba \tlibb", "echo '#1'"]);
}

#[test]
fn env_has_an_old_form_and_an_arg_may_have_several_names() {
    let text =
        "FROM x\nENV PATH \"/root/bin:$PATH\"\nENV FLAGS -O2  -g\nARG ONE=1 TWO='a b' THREE\n";
    let pair = |name: &str, value: &str| Instruction::Env(vec![(name.into(), value.into())]);
    let arg = |name: &str, value: Option<&str>| {
        Instruction::Arg(name.to_owned(), value.map(str::to_owned))
    };
    let expected = [
        pair("PATH", "\"/root/bin:$PATH\""),
        pair("FLAGS", "-O2  -g"),
        arg("ONE", Some("1")),
        arg("TWO", Some("'a b'")),
        arg("THREE", None),
    ];
    assert_eq!(steps(text), expected);
}

#[test]
fn a_shell_is_for_the_commands_behind_it() {
    let text = "FROM x\nRUN one\nSHELL [\"/bin/bash\", \"-c\"]\nRUN two\n";
    let shell = ["/bin/bash", "-c"].map(str::to_owned);
    let expected = [
        Instruction::Run(in_shell("one")),
        Instruction::Shell(shell.into()),
        Instruction::Run(in_shell("two")),
    ];
    assert_eq!(steps(text), expected);
}

#[test]
fn a_text_may_say_which_character_continues_a_line() {
    let text = "# syntax=docker/dockerfile:1\n#escape = `\nFROM x\nRUN one `\n  # no\n two \\\nRUN cat <<E && `\n  true\na\nE\n\
                ENV A=b `\n  C=d\n";
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let expected = [
        Instruction::Run(in_shell("one  two \\")),
        Instruction::Run(in_shell("cat <<E &&   true\na\nE\n")),
        Instruction::Env(vec![pair("A", "b"), pair("C", "d")]),
    ];
    assert_eq!(steps(text), expected);
    // Behind any other line it is a comment.
    let text = "# a comment\n# escape=`\nFROM x\nRUN one \\\n two\n";
    assert_eq!(steps(text), [Instruction::Run(in_shell("one  two"))]);
}

#[test]
fn a_mark_in_front_is_no_part_of_the_text() {
    let text = "\u{feff}FROM x\nRUN one\n";
    assert_eq!(steps(text), [Instruction::Run(in_shell("one"))]);
}

#[test]
fn what_cannot_be_expanded_is_refused() {
    for (text, what) in [
        ("ENV A=${B#c}", "${B#…}"),
        ("ENV A=${B:?c}", "${B:?…}"),
        ("WORKDIR /${}", "${}…}"),
        ("COPY ${A/b/c} /d", "${A/…}"),
        ("USER ${A", "${A…}"),
        ("ENV A=${A:-b", "a `${` that is not closed"),
        ("ENV A=\"b", "a quote that is not closed"),
        (
            "FROM --platform=linux/s390x y",
            "FROM --platform=linux/s390x",
        ),
    ] {
        let text = format!("FROM x\n{text}\n");
        let error = read(Path::new("Dockerfile"), &text).unwrap_err();
        let start = format!("the built-in engine cannot do `{what}");
        assert!(error.message().starts_with(&start), "{}", error.message());
    }
    let error = read(Path::new("Dockerfile"), "FROM x\nENV A=b C\n").unwrap_err();
    let expected = "`C` in line 2 of `Dockerfile` is not of the form `NAME=value`";
    assert_eq!(error.message(), expected);
    for text in [
        "FROM --platform=$BUILDPLATFORM y",
        "FROM --platform=${TARGETPLATFORM:-linux/amd64} y",
        #[cfg(target_arch = "x86_64")]
        "FROM --platform=linux/amd64 y",
    ] {
        read(Path::new("Dockerfile"), &format!("FROM x\n{text}\n")).unwrap();
    }
}

#[test]
fn what_is_beyond_it_is_named() {
    for (text, what) in [
        (
            "FROM x\nRUN --mount=type=bind,from=y,target=/y z\n",
            "`RUN --mount=type=bind,from=y,target=/y`, in line 2",
        ),
        (
            "FROM x\nRUN cat <<E\nE\n\nADD https://a.example/b c\n",
            "`ADD https://a.example/b`, in line 5",
        ),
        (
            "FROM x\nCOPY --parents a b\n",
            "`COPY --parents`, in line 2",
        ),
    ] {
        let error = read(Path::new("Dockerfile"), text).unwrap_err();
        assert!(error.message().contains(what), "{error}");
    }
}

#[test]
fn values_stand_in_for_names() {
    let values = [("A", "1"), ("E", ""), ("n1", "x")];
    let values = BTreeMap::from(values.map(|(name, value)| (name.to_owned(), value.to_owned())));
    for (text, expected) in [
        ("$A/${A}/${B:-2}/$C/${E:-3}.", "1/1/2//3."),
        ("${A:+$n1}/${E:+2}/${B:+2}/${E+4}/${B+5}", "x///4/"),
        ("${E-6}|${B-7}|${B:-${A}$n1}", "|7|1x"),
        ("'$A'\\$A\"$A\\$A\"", "$A$A1$A"),
        ("it\\'s a\\ b \"c\\d'\"\\\\", "it's a b c\\d'\\"),
        ("$ $n1y $1A a$", "$  A a$"),
    ] {
        assert_eq!(expand(text, &values, '\\'), expected, "{text}");
    }
    assert_eq!(expand("`$A\\b", &values, '`'), "$A\\b");
    let document = "'$A' \"${A}\" \\$A";
    let expanded = values::expand_document(document, &values);
    assert_eq!(expanded, "'1' \"1\" $A");
}
