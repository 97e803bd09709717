//! What a program or a DLL of Windows asks of the machine that it runs on.

use crate::Result;
use crate::artefact::Facts;

/// The DLLs that every Windows has, as far as rustc's standard library, OpenSSL and mingw-w64 ask
/// for them, in small letters.
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
/// Names that stand for DLLs of every Windows.
/// <https://learn.microsoft.com/en-us/windows/win32/apiindex/windows-apisets>
const API_SET: &str = "api-ms-win-";

/// Names the DLLs that it needs, or the first that is none of Windows' own.
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
