//! The DLLs that a Windows program or DLL needs.

use crate::Result;
use crate::artefact::Facts;

/// DLLs that every Windows has, in small letters: those that rustc's standard library, OpenSSL and
/// mingw-w64 use.
const SYSTEM: &[&str] = &[
    "advapi32.dll",
    "bcrypt.dll",
    "bcryptprimitives.dll",
    "crypt32.dll",
    "gdi32.dll",
    "kernel32.dll",
    "msvcrt.dll",
    "ntdll.dll",
    "user32.dll",
    "userenv.dll",
    "ws2_32.dll",
];
/// The beginning of names that stand for DLLs of every Windows.
/// <https://learn.microsoft.com/en-us/windows/win32/apiindex/windows-apisets>
const API_SET: &str = "api-ms-win-";

/// The number of DLLs that the file needs. It is an error if one of them is not part of Windows.
pub(crate) fn needs(facts: &Facts) -> Result<String> {
    let mut needed: Vec<String> = facts.needed.iter().map(|n| n.to_lowercase()).collect();
    needed.sort();
    needed.dedup();
    let is_system = |name: &str| name.starts_with(API_SET) || SYSTEM.contains(&name);
    match needed.iter().find(|name| !is_system(name)) {
        Some(name) => Err(format!("it needs {name}")),
        None => Ok(format!("needs {} of Windows' DLLs", needed.len())),
    }
}
