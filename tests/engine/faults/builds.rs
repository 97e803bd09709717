//! Builds that are killed, and builds at the same time.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::{Place, built, entries, processes_with};
use crate::engine::Engine;

crate::tests![BuiltIn:
    a_build_that_is_killed_leaves_nothing_that_looks_finished,
    a_build_that_is_killed_takes_its_commands_along,
    a_background_process_ends_with_its_step,
    of_two_builds_of_an_image_the_second_waits,
    images_are_not_removed_beside_a_build,
    all_kinds_of_instructions_make_an_image,
    a_failed_step_is_where_the_next_build_goes_on,
    a_program_for_32_bits_runs_in_a_step,
];

/// The steps of a Dockerfile. Another `word` makes other steps.
fn steps(word: usize) -> String {
    let step = |number: usize| {
        format!(
            "RUN mkdir -p /{number}/a/b && for i in 1 2 3 4 5; do echo {word} >/{number}/a/b/$i; done\n"
        )
    };
    (0..6).map(step).collect()
}

fn kill_group(child: &mut Child) {
    let pid = i32::try_from(child.id()).expect("a process");
    let _ = kill_process_group(Pid::from_raw(pid).expect("a process"), Signal::KILL);
    let _ = child.wait();
}

/// Kills builds at many moments: sometimes all processes, sometimes the first one alone.
fn a_build_that_is_killed_leaves_nothing_that_looks_finished(engine: &Engine) {
    let mut place = Place::new(engine).dockerfile(&steps(99));
    let start = Instant::now();
    place.check().ok();
    let whole = start.elapsed();
    let mut was_killed = 0;
    for round in 0..24_u8 {
        // Every other build continues where the one before it was killed.
        place = place.dockerfile(&steps(usize::from(round / 2)));
        let mut command = place.check().command();
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("it starts");
        sleep(whole * u32::from(1 + round % 7) / 9);
        was_killed += usize::from(child.try_wait().expect("a child").is_none());
        if round % 2 == 0 {
            kill_group(&mut child);
        } else {
            let _ = child.kill();
            let _ = child.wait();
        }
        place.is_sound();
    }
    assert!(was_killed > 4, "only {was_killed} builds were killed");
    place.dockerfile(&steps(100)).check().ok();
}

/// Only the first process is killed. The commands of its step end as well.
fn a_build_that_is_killed_takes_its_commands_along(engine: &Engine) {
    let nap = format!("3600.{}1", std::process::id());
    let place = Place::new(engine).dockerfile(&format!("RUN (sleep {nap}; true) | cat\n"));
    let mut child = place.check().start();
    wait_until("the step to start", || {
        !processes_with(&format!("sleep {nap} ")).is_empty()
    });
    child.kill().expect("a child");
    child.wait().expect("a child");
    wait_until("the step to end", || processes_with(&nap).is_empty());
    place.is_sound();
    let place = place.dockerfile("RUN echo done >/done\n");
    place.check().ok();
    assert!(place.leftovers().is_empty(), "{:?}", place.leftovers());
}

/// A process that outlived its step could write into a finished layer.
fn a_background_process_ends_with_its_step(engine: &Engine) {
    let nap = format!("3600.{}2", std::process::id());
    let steps = format!(
        "RUN (setsid sleep {nap} >/dev/null 2>&1 &) ; echo one >/one\nRUN echo two >/two\n"
    );
    let place = Place::new(engine).dockerfile(&steps);
    place.check().ok();
    assert!(processes_with(&nap).is_empty());
    place.is_sound();
}

fn of_two_builds_of_an_image_the_second_waits(engine: &Engine) {
    let place = Place::new(engine).dockerfile("RUN sleep 2; echo >/one\n");
    let runs: Vec<Child> = (0..3).map(|_| place.check().start()).collect();
    let mut texts = Vec::new();
    for run in runs {
        let output = run.wait_with_output().expect("it ends");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{text}");
        texts.push(text);
    }
    let with = |word: &str| texts.iter().filter(|text| text.contains(word)).count();
    assert_eq!(with("Building image `"), 1, "{texts:?}");
    assert_eq!(
        with("for another cross that builds `custom-"),
        2,
        "{texts:?}"
    );
    place.is_sound();
}

/// The layers of an unfinished build belong to no image yet, but must not be removed.
fn images_are_not_removed_beside_a_build(engine: &Engine) {
    let place = Place::new(engine).dockerfile("RUN echo other >/other\n");
    place.check().ok();
    let flag = "/first";
    let place = place.dockerfile(&format!(
        "RUN echo first >{flag}\nRUN sleep 2; cat {flag} >/second\n"
    ));
    let build = place.check().start();
    wait_until("the first layer", || {
        let mut layers = place.layers().into_iter();
        layers.any(|layer| layer.join("first").exists())
    });
    let remove = place.images(&["remove", "x86_64-unknown-linux-gnu"]).ok();
    remove
        .stderr_has("Waiting for another cross that builds an image")
        .stderr_has("Removed `localhost/cross/custom/");
    let output = build.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("Finished image"), "{text}");
    place.is_sound();
}

/// A Dockerfile with several stages, arguments, variables, and copies from the context and from a
/// stage.
fn all_kinds_of_instructions_make_an_image(engine: &Engine) {
    let text = format!(
        "ARG FROM_HERE={small}\n\
         FROM $FROM_HERE AS first\n\
         ARG WORD=none\n\
         ENV GREETING=\"good $WORD\" OTHER=a\n\
         WORKDIR /some/where\n\
         COPY data ./data/\n\
         RUN echo \"$GREETING\" >greeting && cat data/one.txt >>greeting\n\
         FROM {small} AS unused\n\
         RUN exit 1\n\
         FROM {small}\n\
         LABEL one=1 two=\"2 3\"\n\
         ARG WORD\n\
         ENV RUSTFLAGS_SEEN=$WORD\n\
         COPY --from=first /some/where/greeting /result/\n\
         COPY --from=0 [\"/some/where/data\", \"/result/more data/\"]\n\
         RUN [\"/bin/sh\", \"-c\", \"test \\\"$(cat /result/greeting)\\\" = \\\"$(printf 'good day\\n1')\\\"\"]\n\
         RUN test \"$(ls '/result/more data')\" = \"$(printf 'one.txt\\ntwo.txt')\" && test \"$RUSTFLAGS_SEEN\" = day\n",
        small = super::SMALL,
    );
    let place = Place::new(engine).configure(
        "[target.x86_64-unknown-linux-gnu.dockerfile]\nfile = 'Dockerfile'\nbuild-args = { WORD = 'day' }\n",
    );
    let place = place
        .file("Dockerfile", &text)
        .file("data/one.txt", "1\n")
        .file("data/two.txt", "2\n");
    let first = place.check().ok();
    first.clone().expect(built(&first) == 1, "one build");
    place.is_sound();
    let image = entries(&place.store().join("images"));
    let image = image
        .iter()
        .find(|path| path.to_string_lossy().contains("custom"));
    let image = super::json(image.expect("the image"));
    assert_eq!(image["labels"]["two"], "2 3");
    let again = place.check().ok();
    again.clone().expect(built(&again) == 0, "no build");
}

/// The next build repeats the failed step, but no step before it.
fn a_failed_step_is_where_the_next_build_goes_on(engine: &Engine) {
    let place =
        Place::new(engine).dockerfile("RUN date +%N >/first\nRUN echo 'it went wrong' && exit 3\n");
    let failed = place.check().code(101);
    failed
        .stderr_has("error: building the image `localhost/cross/custom/")
        .stderr_has("it went wrong")
        .stderr_has("the next run goes on where this one stopped");
    place.is_sound();
    let first = place.layer_with("first");
    let text = fs_err::read_to_string(first.join("first")).expect("a file");
    let place = place.dockerfile("RUN date +%N >/first\nRUN cat /first >/second\n");
    place.check().ok();
    let second = fs_err::read_to_string(place.layer_with("second").join("second"));
    assert_eq!(second.expect("a file"), text);
    assert!(place.leftovers().is_empty(), "{:?}", place.leftovers());
}

/// The self-checks of the rows for i586 and i686 run such programs.
fn a_program_for_32_bits_runs_in_a_step(engine: &Engine) {
    // An ELF header, one segment, and code that calls `exit(0)`.
    let header =
        b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x03\0\x01\0\0\0\x54\x80\x04\x08\x34\0\0\0\
        \0\0\0\0\0\0\0\0\x34\0\x20\0\x01\0\0\0\0\0\0\0";
    let segment =
        b"\x01\0\0\0\0\0\0\0\0\x80\x04\x08\0\x80\x04\x08\x60\0\0\0\x60\0\0\0\x05\0\0\0\0\x10\0\0";
    let code = b"\xb8\x01\0\0\0\x31\xdb\xcd\x80\x90\x90\x90";
    let program = [header.as_slice(), segment, code].concat();
    let place =
        Place::new(engine).dockerfile("COPY small /small\nRUN chmod 755 /small && /small\n");
    fs_err::write(place.project.path("small"), program).expect("a file");
    let project = place.project.settle();
    let place = Place { project, ..place };
    place.check().ok();
}

#[track_caller]
fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "waiting for {what}"
        );
        sleep(Duration::from_millis(20));
    }
}
