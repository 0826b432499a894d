//! The real binary while something fails around it: whatever happens, every acknowledged payment is
//! there exactly once with the same answer, every other one wholly or not at all, and all invariants
//! hold.

mod killed;

/// What each bill says, in fen.
const AMOUNT: i64 = 1_234;

/// How often something is done: at the size that was asked for, or in a shorter form.
fn times(full: usize, short: usize) -> usize {
    if std::env::var_os("JIAOZI_TEST_FULL").is_some() { full } else { short }
}

/// What so many payments come to, in fen.
fn sum(payments: usize) -> i64 {
    AMOUNT * i64::try_from(payments).expect("few")
}
