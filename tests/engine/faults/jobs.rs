//! Job control of shells, and the cgroup of a program: both are as without cross.

use std::io::{BufRead as _, BufReader, Write as _};

use crate::engine::Engine;
use crate::project::Project;

crate::tests![BuiltIn:
    a_program_is_stopped_and_goes_on_by_the_keyboard,
    a_program_is_in_its_callers_cgroup,
];

fn a_program_is_stopped_and_goes_on_by_the_keyboard(engine: &Engine) {
    let project = Project::demo(engine);
    project.aarch64(&["build"]).ok();
    let cross = project.aarch64(&["run", "--quiet", "--", "sleep", "4"]);
    let mut shell = cross.in_interactive_shell().start();
    let mut keyboard = shell.stdin.take().expect("it is piped");
    let mut screen = BufReader::new(shell.stdout.take().expect("it is piped"));
    let mut seen = String::new();
    let mut until = |seen: &mut String, text: &str| {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            let read = screen.read_line(&mut line).expect("a line");
            seen.push_str(&line);
            assert!(read > 0, "no `{text}` in what is seen:\n{seen}");
        }
    };
    let mut type_in = |text: &str| {
        keyboard.write_all(text.as_bytes()).expect("somebody reads");
        keyboard.flush().expect("somebody reads");
    };
    type_in("\"$@\"\n");
    until(&mut seen, "ready");
    type_in("\x1a");
    until(&mut seen, "Stopped");
    type_in("fg; echo code=$?.\n");
    until(&mut seen, "code=0.");
    type_in("exit\n");
    assert!(shell.wait().expect("it ends").success(), "{seen}");
}

fn a_program_is_in_its_callers_cgroup(engine: &Engine) {
    let project = Project::demo(engine);
    let own = fs_err::read_to_string("/proc/self/cgroup").expect("Linux has it");
    let run = project.aarch64(&["run", "--quiet", "--", "read", "/proc/self/cgroup"]);
    run.ok().stdout(&format!("read: {own}\n"));
}
