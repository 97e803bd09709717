//! A library that a program loads, and two hundred examples in its documentation.

/// The function that the tests look up in the loaded library.
#[unsafe(no_mangle)]
pub extern "C" fn conformance_answer() -> i32 {
    42
}

/// Modules of twenty functions, each with an example in its documentation.
macro_rules! documented {
    ($($module:ident)*) => { $(
        /// Twenty functions with an example each.
        pub mod $module {
            twenty!($module: a b c d e f g h i j k l m n o p q r s t);
        }
    )* };
}

macro_rules! twenty {
    ($module:ident: $($name:ident)*) => { $(
        #[doc = concat!("```\nassert_eq!(conformance::", stringify!($module), "::", stringify!($name), "(), \"", stringify!($name), "\");\n```")]
        pub fn $name() -> &'static str {
            stringify!($name)
        }
    )* };
}

documented!(zero one two three four five six seven eight nine);
