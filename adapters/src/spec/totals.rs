//! The count and sum that a file states about itself, compared with its lines. A difference refuses the
//! whole file: a file that cannot count itself was cut or changed on its way.

use thiserror::Error;

use super::fields::decimal_fen;
use super::file_shape::TotalsFormat;
use super::import::ExtraDecimals;
use super::raw_line::RawLine;

/// What was counted while reading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Lines, wrong ones included.
    pub lines: u64,
    /// Sum of the amounts, as far as they could be read.
    pub sum_fen: i64,
    /// Lines whose amount could not be read.
    pub unreadable: u64,
}

impl Counted {
    /// Counts one line; its amount, or none if it could not be read or the sum overflows.
    pub fn add(&mut self, amount_fen: Option<i64>) {
        self.lines += 1;
        match amount_fen.and_then(|amount| self.sum_fen.checked_add(amount)) {
            Some(sum) => self.sum_fen = sum,
            None => self.unreadable += 1,
        }
    }
}

/// How far a file's totals were proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TotalsProof {
    /// The format has no totals.
    NotStated,
    /// Everything that the file states is right.
    Right,
    /// The count is right; the sum cannot be proved, for some lines have no readable amount.
    SumOpen,
}

/// A file whose totals are not those of its lines.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TotalsError {
    /// The totals line does not say a number where one is expected.
    #[error("line {line}, column {column}: found `{found}`, expected {expected}")]
    Unreadable {
        /// Line of the totals.
        line: u32,
        /// Column, counted from 1.
        column: u32,
        /// What stands there.
        found: String,
        /// What should.
        expected: String,
    },
    /// The count differs.
    #[error("line {line}: the file states {stated} lines, but has {counted}")]
    Count {
        /// Line of the totals.
        line: u32,
        /// What the file says.
        stated: u64,
        /// What was counted.
        counted: u64,
    },
    /// The sum differs.
    #[error(
        "line {line}: the file states a sum of {stated_fen} fen, but its lines sum to {counted_fen} fen"
    )]
    Sum {
        /// Line of the totals.
        line: u32,
        /// What the file says.
        stated_fen: i64,
        /// What was summed.
        counted_fen: i64,
    },
}

/// Compares the totals line of a file with what was counted.
///
/// # Errors
/// The line cannot be read, or a total differs.
pub fn prove(
    format: &TotalsFormat,
    totals: &RawLine,
    counted: Counted,
) -> Result<TotalsProof, TotalsError> {
    let line = totals.line;
    let cell = |column: u32| {
        let index = usize::try_from(column).unwrap_or(usize::MAX).wrapping_sub(1);
        totals.cells.get(index).map(|c| c.text().into_owned()).unwrap_or_default()
    };
    if let Some(count) = &format.count {
        let found = cell(count.column);
        let mut digits = found.clone();
        for word in &count.remove {
            digits = digits.replace(word.as_str(), "");
        }
        let stated = digits.trim().parse().map_err(|_| TotalsError::Unreadable {
            line,
            column: count.column,
            found,
            expected: "the number of lines".to_owned(),
        })?;
        if stated != counted.lines {
            return Err(TotalsError::Count { line, stated, counted: counted.lines });
        }
    }
    let Some(sum) = &format.sum else {
        return Ok(TotalsProof::Right);
    };
    let found = cell(sum.column);
    let stated_fen =
        decimal_fen(&found, sum.unit, ExtraDecimals::Refuse, true, &sum.remove).map_err(
            |expected| TotalsError::Unreadable { line, column: sum.column, found, expected },
        )?;
    if counted.unreadable > 0 {
        return Ok(TotalsProof::SumOpen);
    }
    if stated_fen == counted.sum_fen {
        Ok(TotalsProof::Right)
    } else {
        Err(TotalsError::Sum { line, stated_fen, counted_fen: counted.sum_fen })
    }
}

#[cfg(test)]
mod tests {
    use super::super::raw_line::Cell;
    use super::*;

    fn format() -> TotalsFormat {
        toml::from_str("at = 'last_line'\nmarker = '合计'\ncount = { column = 2, remove = ['共', '笔'] }\nsum = { column = 3, unit = 'fen' }")
            .expect("a format")
    }

    fn line(count: &str, sum: &str) -> RawLine {
        let cells = ["合计", count, sum].iter().map(|c| Cell::Text((*c).to_owned())).collect();
        RawLine { line: 9, cells }
    }

    #[test]
    fn right_totals_are_proved_and_wrong_ones_named() {
        let counted = Counted { lines: 2, sum_fen: 300, unreadable: 0 };
        assert_eq!(prove(&format(), &line("共2笔", "300"), counted), Ok(TotalsProof::Right));
        assert!(matches!(
            prove(&format(), &line("3", "300"), counted),
            Err(TotalsError::Count { line: 9, .. })
        ));
        assert!(matches!(
            prove(&format(), &line("2", "301"), counted),
            Err(TotalsError::Sum { .. })
        ));
        assert!(matches!(
            prove(&format(), &line("two", "300"), counted),
            Err(TotalsError::Unreadable { column: 2, .. })
        ));
    }

    #[test]
    fn a_sum_with_unreadable_lines_stays_open() {
        let counted = Counted { lines: 2, sum_fen: 100, unreadable: 1 };
        assert_eq!(prove(&format(), &line("2", "300"), counted), Ok(TotalsProof::SumOpen));
    }
}
