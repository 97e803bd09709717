//! The table of targets, one row for each target that cross has an image for. Recipes, the image's
//! environment, the runner, tests and the table in the README read it. To add a target is to add a
//! row.

mod gnu;
mod musl;
mod others;

use super::Row;

/// A regular expression of what code for `ARMv6` with `VFPv2` must not contain: attributes of
/// compiled objects, and instructions, for assembly code without attributes.
const ABOVE_ARMV6: &str = r"Tag_CPU_arch: v([7-9]|6[A-Z])|Tag_FP_arch: VFPv[34]|Tag_Advanced_SIMD|:\s+(mov[wt]|[su]div|d[ms]b|isb|mls|bf[ci]|[su]bfx|rbit)";

/// A regular expression of what code for `ARMv5TE` must not contain.
const ABOVE_ARMV5TE: &str = r"Tag_CPU_arch: v[6-9]|Tag_FP_arch|Tag_Advanced_SIMD|:\s+(mov[wt]|[su]div|d[ms]b|isb|mls|bf[ci]|[su]bfx|rbit|ldrex|strex|rev|[su]xt)";

/// A regular expression of what code for the Pentium must not contain: conditional moves, SSE, MMX
/// and long no-operations.
const ABOVE_PENTIUM: &str = r":\s+([a-z0-9]+ )?(f?cmov|f?u?comip?|nop[wl]|endbr|[lms]fence|prefetch|sysenter)|%[xyz]?mm[0-7]";

const LISTS: [&[Row]; 3] = [gnu::ROWS, musl::ROWS, others::ROWS];
const COUNT: usize = gnu::ROWS.len() + musl::ROWS.len() + others::ROWS.len();

/// All rows, sorted by triple, which is the order of the README.
pub(crate) const ROWS: &[Row] = &sorted();

const fn sorted() -> [Row; COUNT] {
    let mut rows = [LISTS[0][0]; COUNT];
    let (mut count, mut list) = (0, 0);
    while list < LISTS.len() {
        let mut index = 0;
        while index < LISTS[list].len() {
            let mut place = count;
            while place > 0 && is_less(LISTS[list][index].triple, rows[place - 1].triple) {
                rows[place] = rows[place - 1];
                place -= 1;
            }
            rows[place] = LISTS[list][index];
            count += 1;
            index += 1;
        }
        list += 1;
    }
    rows
}

/// Compares strings like `<`, which constant expressions cannot use.
const fn is_less(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut index = 0;
    while index < one.len() && index < other.len() {
        if one[index] != other[index] {
            return one[index] < other[index];
        }
        index += 1;
    }
    one.len() < other.len()
}
