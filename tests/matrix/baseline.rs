//! The machines that a target's programs must run on, and whether a program does. rustc's
//! specification of the target (`compiler/rustc_target/src/spec/targets/` in rustc's source) says
//! what is allowed. It is compared with the facts that the linker has merged from all objects of
//! the program.

use object::Architecture;
use object::elf::{
    EF_LARCH_ABI_MODIFIER_MASK, EF_MIPS_ABI, EF_MIPS_ABI_O32, EF_MIPS_ABI2, EF_MIPS_ARCH,
    EF_MIPS_NAN2008, EF_PPC64_ABI, EF_RISCV_FLOAT_ABI, EF_SPARC_EXT_MASK, EF_SPARC_SUN_US1,
};

use crate::Result;
use crate::artefact::{Facts, Value};

/// The newest ARM architecture and the newest floating-point unit for which a target's programs may
/// have code, by the beginning of the triple. Sources: `features` of
/// `arm_unknown_linux_gnueabi{,hf}.rs` ("+v6"), `armv5te_*.rs` (an ARM926EJ-S is the usual
/// machine), `armv7_*.rs` ("+v7") and `thumbv*m_none_eabi*.rs`.
const ARM: &[(&str, u64, u64)] = &[
    ("arm-", 6, VFP2),
    ("armv5te-", 5, VFP2),
    ("armv7-", 10, u64::MAX),
    ("thumbv6m-", 12, 0),
    ("thumbv7em-none-eabihf", 13, VFP4_D16),
    ("thumbv7em-", 13, 0),
    ("thumbv7m-", 10, 0),
    ("thumbv7neon-", 10, u64::MAX),
    ("thumbv8m.base-", 16, 0),
    ("thumbv8m.main-none-eabihf", 17, FP8_D16),
    ("thumbv8m.main-", 17, 0),
];
/// The names of the values of `Tag_CPU_arch`, from 0.
const ARM_ARCHES: &[&str] = &[
    "pre-v4",
    "v4",
    "v4T",
    "v5T",
    "v5TE",
    "v5TEJ",
    "v6",
    "v6KZ",
    "v6T2",
    "v6K",
    "v7",
    "v6-M",
    "v6S-M",
    "v7E-M",
    "v8",
    "v8-R",
    "v8-M.base",
    "v8-M.main",
];
const TAG_CPU_ARCH: u64 = 6;
const TAG_FP_ARCH: u64 = 10;
const TAG_ADVANCED_SIMD_ARCH: u64 = 12;
const TAG_ABI_VFP_ARGS: u64 = 28;
/// `VFPv2`, the last value of `Tag_FP_arch` before `ARMv7`.
const VFP2: u64 = 2;
/// `VFPv4-D16`, and the unit of `ARMv8` with the same number of registers.
const VFP4_D16: u64 = 6;
const FP8_D16: u64 = 8;

/// The names of the values of `EF_MIPS_ARCH`, which is the highest four bits.
const MIPS_ARCHES: &[&str] = &[
    "MIPS I", "MIPS II", "MIPS III", "MIPS IV", "MIPS V", "MIPS32", "MIPS64", "MIPS32r2",
    "MIPS64r2",
];
const MIPS32R2: usize = 7;
const MIPS64R2: usize = 8;
/// The instruction sets up to `MIPS32r2` that need a 64-bit machine.
const MIPS_64_ONLY: &[usize] = &[2, 3, 4, 6];

const TAG_RISCV_ARCH: u64 = 5;
/// The extensions of `riscv64gc_unknown_linux_gnu.rs`, "+m,+a,+f,+d,+c,+zicsr,+zifencei", and the
/// names of newer tools for parts of them.
const RISCV: &[&str] = &[
    "i", "m", "a", "f", "d", "c", "zicsr", "zifencei", "zmmul", "zaamo", "zalrsc", "zca", "zcd",
];
/// The value of `EF_RISCV_FLOAT_ABI_DOUBLE`.
const RISCV_DOUBLE: u32 = 4;
/// The value of `EF_LARCH_ABI_DOUBLE_FLOAT`.
const LOONGARCH_DOUBLE: u32 = 3;

/// The machines that the program runs on, in a few words. The error says why it does not run on all
/// that it should.
pub(crate) fn check(triple: &str, facts: &Facts) -> Result<String> {
    match facts.architecture {
        Architecture::Arm => arm(triple, facts),
        Architecture::Mips | Architecture::Mips64 => mips(facts),
        Architecture::Riscv64 => riscv(facts),
        Architecture::PowerPc64 => powerpc64(facts),
        Architecture::LoongArch64 => {
            let double = facts.flags & EF_LARCH_ABI_MODIFIER_MASK == LOONGARCH_DOUBLE;
            check_that(
                double,
                "lp64d",
                "its ABI is not the one with doubles in registers",
            )
        }
        Architecture::Sparc64 => {
            // GCC's default for Linux is an UltraSPARC I, the oldest machine that Linux supports.
            let more = facts.flags & EF_SPARC_EXT_MASK & !EF_SPARC_SUN_US1.0;
            check_that(
                more == 0,
                "SPARC V9",
                "it needs extensions of newer machines",
            )
        }
        _ => Ok(String::new()),
    }
}

fn check_that(holds: bool, good: &str, bad: &str) -> Result<String> {
    if holds {
        Ok(good.to_owned())
    } else {
        Err(bad.to_owned())
    }
}

fn arm(triple: &str, facts: &Facts) -> Result<String> {
    let number = |tag| match facts.attributes.get(&tag) {
        Some(Value::Number(number)) => *number,
        _ => 0,
    };
    let allowed = ARM.iter().find(|(start, ..)| triple.starts_with(start));
    let (_, newest, unit) = allowed.ok_or_else(|| format!("no rule for {triple}"))?;
    let name = |arch: u64| {
        let index = usize::try_from(arch).unwrap_or(usize::MAX);
        ARM_ARCHES.get(index).copied().unwrap_or("unknown")
    };
    let arch = number(TAG_CPU_ARCH);
    if arch > *newest {
        let (arch, newest) = (name(arch), name(*newest));
        return Err(format!(
            "it has code for ARM{arch}, {newest} is the newest allowed"
        ));
    }
    let (floats, vectors) = (number(TAG_FP_ARCH), number(TAG_ADVANCED_SIMD_ARCH));
    if floats > *unit || (*unit != u64::MAX && vectors > 0) {
        return Err(format!(
            "it has code for a newer floating-point unit (Tag_FP_arch {floats}, \
             Tag_Advanced_SIMD_arch {vectors})"
        ));
    }
    let hard = triple.ends_with("hf");
    if hard != (number(TAG_ABI_VFP_ARGS) == 1) {
        return Err("floating-point arguments are passed in the other ABI's way".to_owned());
    }
    let abi = if hard { "hard float" } else { "soft float" };
    Ok(format!("ARM{}, {abi}", name(arch)))
}

/// Sources: `mips_unknown_linux_gnu.rs` ("mips32r2", "+mips32r2,+fpxx,+nooddspreg") and
/// `mips64_unknown_linux_gnuabi64.rs` ("mips64r2", ABI n64).
fn mips(facts: &Facts) -> Result<String> {
    let arch = (facts.flags & EF_MIPS_ARCH) as usize >> 28;
    let allowed = if facts.is_64 {
        arch <= MIPS64R2
    } else {
        arch <= MIPS32R2 && !MIPS_64_ONLY.contains(&arch)
    };
    let name = MIPS_ARCHES.get(arch).copied().unwrap_or("newer than r2");
    if !allowed {
        return Err(format!("it has code for {name}"));
    }
    if facts.flags & EF_MIPS_NAN2008.0 != 0 {
        return Err("its NaNs are those of IEEE 754-2008".to_owned());
    }
    let abi = if facts.is_64 {
        facts.flags & EF_MIPS_ABI2.0 == 0
    } else {
        facts.flags & EF_MIPS_ABI == EF_MIPS_ABI_O32.0
    };
    let abi_name = if facts.is_64 { "n64" } else { "o32" };
    check_that(
        abi,
        &format!("{name}, {abi_name}"),
        &format!("its ABI is not {abi_name}"),
    )
}

fn riscv(facts: &Facts) -> Result<String> {
    if facts.flags & EF_RISCV_FLOAT_ABI != RISCV_DOUBLE {
        return Err("its ABI is not lp64d".to_owned());
    }
    let Some(Value::Text(arch)) = facts.attributes.get(&TAG_RISCV_ARCH) else {
        return Err("it does not tell its architecture".to_owned());
    };
    let extensions = arch.strip_prefix("rv64").ok_or("it is not for rv64")?;
    // `i2p1_m2p0_…` is a list of names, each with a version, which is ignored.
    for extension in extensions.split('_') {
        let name = extension.trim_end_matches(|c: char| c.is_ascii_digit());
        let name = name.strip_suffix('p').unwrap_or(name);
        let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
        if !RISCV.contains(&name) {
            return Err(format!("it needs the extension {name}"));
        }
    }
    Ok("rv64gc, lp64d".to_owned())
}

/// `powerpc64_unknown_linux_gnu.rs` has the ABI `ELFv1`, `powerpc64le` and musl have `ELFv2`. A
/// file without this information has `ELFv1`.
fn powerpc64(facts: &Facts) -> Result<String> {
    let version = facts.flags & EF_PPC64_ABI;
    let allowed = if facts.is_little_endian {
        version == 2
    } else {
        version < 2
    };
    let name = if facts.is_little_endian {
        "ELFv2"
    } else {
        "ELFv1"
    };
    check_that(allowed, name, &format!("its ABI is not {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(architecture: Architecture, flags: u32, attributes: &[(u64, Value)]) -> Facts {
        Facts {
            architecture,
            is_64: !matches!(architecture, Architecture::Arm | Architecture::Mips),
            is_little_endian: true,
            flags,
            interpreter: String::new(),
            needed: Vec::new(),
            glibc: (0, 0),
            attributes: attributes.iter().cloned().collect(),
        }
    }

    #[test]
    fn code_for_armv7_is_found_in_a_program_for_armv6() {
        let arm = |arch: u64, args: u64| {
            let attributes = [
                (TAG_CPU_ARCH, Value::Number(arch)),
                (TAG_ABI_VFP_ARGS, Value::Number(args)),
            ];
            facts(Architecture::Arm, 0, &attributes)
        };
        let hard = "arm-unknown-linux-gnueabihf";
        assert_eq!(check(hard, &arm(6, 1)).unwrap(), "ARMv6, hard float");
        assert!(check(hard, &arm(10, 1)).unwrap_err().contains("ARMv7"));
        assert!(check(hard, &arm(6, 0)).unwrap_err().contains("ABI"));
        assert!(check("armv5te-unknown-linux-gnueabi", &arm(5, 0)).is_ok());
        assert!(check("armv5te-unknown-linux-gnueabi", &arm(6, 0)).is_err());
        assert!(check("armv7-unknown-linux-musleabihf", &arm(10, 1)).is_ok());
        assert!(check("armv7-unknown-linux-gnueabi", &arm(10, 1)).is_err());
    }

    #[test]
    fn neon_is_found_in_a_program_for_armv6() {
        let attributes = [
            (TAG_CPU_ARCH, Value::Number(6)),
            (TAG_ADVANCED_SIMD_ARCH, Value::Number(1)),
        ];
        let facts = facts(Architecture::Arm, 0, &attributes);
        assert!(
            check("arm-unknown-linux-gnueabi", &facts)
                .unwrap_err()
                .contains("SIMD")
        );
    }

    #[test]
    fn a_core_without_floating_point_has_none() {
        let arm = |triple: &str, arch: u64, unit: u64| {
            let attributes = [
                (TAG_CPU_ARCH, Value::Number(arch)),
                (TAG_FP_ARCH, Value::Number(unit)),
                (TAG_ABI_VFP_ARGS, Value::Number(u64::from(unit > 0))),
            ];
            check(triple, &facts(Architecture::Arm, 0, &attributes))
        };
        let hard = arm("thumbv7em-none-eabihf", 13, 6);
        assert_eq!(hard.unwrap(), "ARMv7E-M, hard float");
        assert!(arm("thumbv7em-none-eabi", 13, 6).is_err());
        assert!(arm("thumbv7m-none-eabi", 13, 0).is_err());
        let base = arm("thumbv8m.base-none-eabi", 16, 0);
        assert_eq!(base.unwrap(), "ARMv8-M.base, soft float");
    }

    #[test]
    fn mips_has_its_instruction_set_and_abi() {
        let check = |architecture, flags| check("mips", &facts(architecture, flags, &[]));
        assert_eq!(
            check(Architecture::Mips, 0x7000_1007).unwrap(),
            "MIPS32r2, o32"
        );
        assert_eq!(
            check(Architecture::Mips64, 0x8000_0007).unwrap(),
            "MIPS64r2, n64"
        );
        assert!(check(Architecture::Mips, 0x9000_1007).is_err(), "r6");
        assert!(check(Architecture::Mips, 0x2000_1007).is_err(), "64 bits");
        assert!(check(Architecture::Mips, 0x7000_1407).is_err(), "NaN");
        assert!(check(Architecture::Mips64, 0x8000_0027).is_err(), "n32");
    }

    #[test]
    fn riscv_has_no_extensions_but_those_of_the_target() {
        let riscv = |flags, arch: &str| {
            let attributes = [(TAG_RISCV_ARCH, Value::Text(arch.to_owned()))];
            check(
                "riscv64gc",
                &facts(Architecture::Riscv64, flags, &attributes),
            )
        };
        let gc = "rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_zicsr2p0_zifencei2p0_zmmul1p0";
        assert_eq!(riscv(5, gc).unwrap(), "rv64gc, lp64d");
        assert!(riscv(1, gc).unwrap_err().contains("lp64d"));
        let vectors = format!("{gc}_v1p0");
        assert_eq!(riscv(5, &vectors).unwrap_err(), "it needs the extension v");
    }

    #[test]
    fn powerpc64_has_the_abi_of_its_byte_order() {
        let little = facts(Architecture::PowerPc64, 2, &[]);
        assert_eq!(check("powerpc64le", &little).unwrap(), "ELFv2");
        let big = Facts {
            is_little_endian: false,
            ..little
        };
        assert!(check("powerpc64", &big).is_err());
    }
}
