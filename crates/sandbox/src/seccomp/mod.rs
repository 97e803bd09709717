//! The filter for system calls of programs in a sandbox. In runs and builds it refuses the calls
//! that docker refuses ([`calls::REFUSED`]). If a build is root of a namespace without other users,
//! it also lets calls that give files to other users succeed without doing anything, as tools for
//! high-performance computing do. The files then belong to root.
//!
//! The filter knows every machine whose programs the kernel runs: on x86-64 also 32-bit programs
//! and x32, with their own numbers. Programs for a machine that is not in the table cannot call the
//! system at all. <https://docs.kernel.org/userspace-api/seccomp_filter.html>

mod calls;

use self::calls::{
    CLONE, CLONE3, Call, IOCTL, MACHINES, MAKING, NONE, OWNERS, REFUSED, X32, X86_64,
};
use super::syscalls::{Instruction, set_filter};
use super::text;
use cross_base::error::{Error, Result};

/// The purposes of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    /// Whether to refuse calls that reach beyond a container.
    pub(super) confine: bool,
    /// Whether to let calls about other users succeed without an effect, because there are none.
    pub(super) pretend: bool,
}

/// The answers of a filter.
const ALLOW: u32 = 0x7fff_0000;
const fn errno(number: u32) -> u32 {
    0x0005_0000 | number
}
const SUCCESS: u32 = errno(0);
const EPERM: u32 = errno(1);
const ENOSYS: u32 = errno(38);

/// The flags `CLONE_NEWNS`, `NEWCGROUP`, `NEWUTS`, `NEWIPC`, `NEWUSER`, `NEWPID` and `NEWNET`.
/// <https://github.com/torvalds/linux/blob/master/include/uapi/linux/sched.h>
const NAMESPACES: u32 = 0x7e02_0000;
/// The mask of file types, and the types of devices.
/// <https://man7.org/linux/man-pages/man7/inode.7.html>
const KIND: u32 = 0o170_000;
const DEVICES: [u32; 2] = [0o020_000, 0o060_000];
/// The requests `TIOCSTI` and `TIOCLINUX`, which put text into a terminal's input, where the
/// caller's shell would run it. The kernel looks at the low 32 bits of a request, so the filter
/// compares no more. <https://man7.org/linux/man-pages/man2/TIOCSTI.2const.html>
const TYPING: [u32; 2] = [0x5412, 0x541c];

/// The condition under which a call is not let through.
#[derive(Clone, Copy, Debug)]
enum When {
    Always,
    /// The argument with this index has one of these bits.
    Has(u8, u32),
    /// The argument with this index, masked, has one of these values.
    Is(u8, u32, [u32; 2]),
}

/// A call, the condition under which it is not let through, and the answer.
type Rule = (Call, When, u32);

/// Installs a filter in this process and all its children.
///
/// # Errors
///
/// If the kernel refuses the filter.
pub(super) fn install(filter: Filter) -> Result<()> {
    set_filter(&program(&rules(filter)))
        .map_err(|e| Error::new(format!("cannot filter system calls: {}", text(e))))
}

fn rules(filter: Filter) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    if filter.confine {
        rules.extend(IOCTL.map(|call| (call, When::Is(1, u32::MAX, TYPING), EPERM)));
        rules.push((CLONE, When::Has(0, NAMESPACES), EPERM));
        // The C library then uses `clone`, whose flags the filter can read.
        rules.push((CLONE3, When::Always, ENOSYS));
        rules.extend(REFUSED.iter().map(|call| (*call, When::Always, EPERM)));
    }
    if filter.pretend {
        rules.extend(OWNERS.iter().map(|call| (*call, When::Always, SUCCESS)));
        let making = MAKING.iter();
        rules.extend(making.map(|(call, kind)| (*call, When::Is(*kind, KIND, DEVICES), SUCCESS)));
    }
    rules
}

// Instructions of filters.
// <https://github.com/torvalds/linux/blob/master/include/uapi/linux/bpf_common.h>
const LOAD: u16 = 0x20;
const AND: u16 = 0x54;
const JUMP: u16 = 0x05;
const IF_EQUAL: u16 = 0x15;
const IF_ANY_BIT: u16 = 0x45;
const RETURN: u16 = 0x06;
// Offsets in `struct seccomp_data`.
const NUMBER: u32 = 0;
const MACHINE: u32 = 4;
/// The offset of an argument's low 32 bits. All machines in the table are little-endian.
const fn argument(index: u8) -> u32 {
    16 + 8 * index as u32
}

const fn plain(code: u16, k: u32) -> Instruction {
    Instruction {
        code,
        jt: 0,
        jf: 0,
        k,
    }
}

/// Goes on with the next instruction if the condition holds. Otherwise skips as many instructions.
const fn unless_skip(code: u16, k: u32, jf: u8) -> Instruction {
    Instruction { code, jt: 0, jf, k }
}

/// The instructions of a filter, with a part for each machine.
fn program(rules: &[Rule]) -> Vec<Instruction> {
    let mut program = vec![plain(LOAD, MACHINE)];
    for (column, machine) in MACHINES.into_iter().enumerate() {
        let mut part = vec![plain(LOAD, NUMBER)];
        if machine == X86_64 {
            part.push(plain(AND, !X32));
        }
        let known = rules
            .iter()
            .filter(|(call, ..)| call.numbers[column] != NONE);
        let start = part.clone();
        for (call, when, answer) in known {
            part.extend(rule(call.numbers[column], *when, *answer, &start));
        }
        part.push(plain(RETURN, ALLOW));
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        program.push(unless_skip(IF_EQUAL, machine, 1));
        // Skips the other jump, to the part.
        program.push(plain(JUMP, 1));
        program.push(plain(JUMP, length));
        program.extend(part);
    }
    program.push(plain(RETURN, ENOSYS));
    program
}

/// The instructions of a rule. The call's number is loaded at their beginning and their end.
fn rule(number: u32, when: When, answer: u32, load_number: &[Instruction]) -> Vec<Instruction> {
    let answer = plain(RETURN, answer);
    let condition = match when {
        When::Always => vec![answer],
        When::Has(index, bits) => vec![
            plain(LOAD, argument(index)),
            unless_skip(IF_ANY_BIT, bits, 1),
            answer,
        ],
        When::Is(index, mask, values) => {
            let mut code = vec![plain(LOAD, argument(index)), plain(AND, mask)];
            for value in values {
                code.extend([unless_skip(IF_EQUAL, value, 1), answer]);
            }
            code
        }
    };
    let restore: &[Instruction] = if matches!(when, When::Always) {
        &[]
    } else {
        load_number
    };
    let body = [&condition, restore].concat();
    let length = u8::try_from(body.len()).unwrap_or(u8::MAX);
    let mut code = vec![unless_skip(IF_EQUAL, number, length)];
    code.extend(body);
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    const RUN: Filter = Filter {
        confine: true,
        pretend: false,
    };
    const BUILD: Filter = Filter {
        confine: true,
        pretend: true,
    };
    const I386: u32 = MACHINES[1];

    /// The answer that the kernel would give: interprets the filter's instructions.
    fn answer(filter: Filter, machine: u32, number: u32, arguments: [u64; 3]) -> u32 {
        let program = program(&rules(filter));
        let (mut at, mut value) = (0, 0);
        loop {
            let Instruction { code, jt, jf, k } = program[at];
            at += 1;
            let skip = |holds: bool| usize::from(if holds { jt } else { jf });
            match code {
                LOAD => {
                    value = match k {
                        NUMBER => number,
                        MACHINE => machine,
                        _ => {
                            let index = usize::try_from((k - 16) / 8).unwrap();
                            u32::try_from(arguments[index] & u64::from(u32::MAX)).unwrap()
                        }
                    }
                }
                AND => value &= k,
                JUMP => at += usize::try_from(k).unwrap(),
                IF_EQUAL => at += skip(value == k),
                IF_ANY_BIT => at += skip(value & k != 0),
                RETURN => return k,
                other => panic!("{other:#x}"),
            }
        }
    }

    fn number(name: &str, column: usize) -> u32 {
        let call = REFUSED.iter().find(|call| call.name == name);
        call.unwrap().numbers[column]
    }

    #[test]
    fn calls_that_reach_beyond_a_container_are_refused_on_every_machine() {
        for (column, machine) in MACHINES.into_iter().enumerate() {
            for call in REFUSED {
                let number = call.numbers[column];
                if number != NONE {
                    let found = answer(RUN, machine, number, [0; 3]);
                    assert_eq!(found, EPERM, "{} on {machine:#x}", call.name);
                }
            }
            // `read`, `openat`, `execve`, and a number that is no call.
            for number in [[0, 257, 59], [3, 295, 11], [63, 56, 221], [3, 322, 11]][column] {
                assert_eq!(answer(BUILD, machine, number, [0; 3]), ALLOW);
            }
            assert_eq!(answer(BUILD, machine, u32::MAX, [0; 3]), ALLOW);
        }
    }

    #[test]
    fn the_numbers_of_x32_lead_to_no_other_answer() {
        let mount = number("mount", 0);
        assert_eq!(answer(RUN, X86_64, X32 + mount, [0; 3]), EPERM);
        assert_eq!(answer(RUN, X86_64, X32 + 528, [0; 3]), EPERM);
        let typing = [0, 0x5412, 0];
        assert_eq!(answer(RUN, X86_64, X32 + 514, typing), EPERM);
        assert_eq!(answer(RUN, X86_64, X32, [0; 3]), ALLOW);
    }

    #[test]
    fn nothing_is_typed_into_the_callers_terminal() {
        let ioctl = |machine, request| {
            let column = MACHINES.iter().position(|m| *m == machine).unwrap();
            answer(RUN, machine, IOCTL[0].numbers[column], [0, request, 0])
        };
        for machine in MACHINES {
            for request in [0x5412, 0x541c, 0xffff_ffff_0000_5412, 0x1_0000_541c] {
                assert_eq!(ioctl(machine, request), EPERM, "{request:#x}");
            }
            // The requests `TIOCGWINSZ` and `TCGETS`.
            for request in [0x5413, 0x5401] {
                assert_eq!(ioctl(machine, request), ALLOW, "{request:#x}");
            }
        }
    }

    #[test]
    fn processes_are_made_but_no_namespaces() {
        for (machine, clone) in MACHINES.into_iter().zip(CLONE.numbers) {
            // The flags `SIGCHLD`; `CLONE_VM | CLONE_VFORK`; those of a thread.
            for flags in [17, 0x4111, 0x003d_0f00] {
                assert_eq!(answer(RUN, machine, clone, [flags, 0, 0]), ALLOW);
            }
            for flag in [
                0x2_0000,
                0x200_0000,
                0x400_0000,
                0x800_0000,
                0x1000_0000,
                0x2000_0000,
                0x4000_0000,
            ] {
                assert_eq!(answer(RUN, machine, clone, [flag + 17, 0, 0]), EPERM);
            }
        }
        assert_eq!(answer(RUN, X86_64, 435, [0; 3]), ENOSYS);
    }

    #[test]
    fn other_users_are_pretended_where_there_are_none() {
        for (machine, chown) in [(X86_64, 92), (I386, 212)] {
            assert_eq!(answer(BUILD, machine, chown, [0; 3]), SUCCESS);
            assert_eq!(answer(RUN, machine, chown, [0; 3]), ALLOW);
        }
        // Two devices, a FIFO and a file.
        let mknod = |mode| answer(BUILD, X86_64, 133, [0, mode, 0]);
        assert_eq!(
            [0o020_666, 0o060_600, 0o010_644, 0o100_644].map(mknod),
            [SUCCESS, SUCCESS, ALLOW, ALLOW]
        );
    }
}
