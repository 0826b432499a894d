//! How a line falls into cells: commas between them, quotes around some. White space may stand between a
//! closing quote and the comma, and a quote inside an unquoted cell is a character like another: both are
//! in real bills.

use super::super::lines::Line;
use super::super::place::Refusal;

/// Cells of a line; the widest bill that we know has 30.
const CELLS_MAX: usize = 256;

/// The cells of a line, without the white space around them.
pub(in super::super) fn split(line: &Line) -> Result<Vec<String>, Refusal> {
    let mut cells = Vec::new();
    let mut rest = line.text.as_str();
    loop {
        if cells.len() == CELLS_MAX {
            let expected = format!("at most {CELLS_MAX} cells");
            return Err(line.place().refuse("more cells", expected));
        }
        let (cell, after) = match rest.strip_prefix('"') {
            Some(quoted) => take_quoted(quoted).ok_or_else(|| {
                line.place().refuse("a quoted cell without its end", "a closing quote and a comma")
            })?,
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                (rest[..end].trim().to_owned(), &rest[end..])
            }
        };
        cells.push(cell);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return Ok(cells),
        }
    }
}

/// A cell whose opening quote is taken, and what follows it: nothing, or something that begins with the
/// comma.
fn take_quoted(text: &str) -> Option<(String, &str)> {
    let mut cell = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"')?;
        cell.push_str(part);
        match after.strip_prefix('"') {
            Some(next) => {
                cell.push('"');
                rest = next;
            }
            None => {
                let after = after.trim_start_matches([' ', '\t']);
                let ends = after.is_empty() || after.starts_with(',');
                return ends.then(|| (cell.trim().to_owned(), after));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(text: &str) -> Option<Vec<String>> {
        split(&Line { number: 1, text: text.to_owned() }).ok()
    }

    #[test]
    fn quotes_padding_and_trailing_commas() {
        for (text, expected) in [
            ("a , b\t,", vec!["a", "b", ""]),
            ("\"1,234.00\t\",x", vec!["1,234.00", "x"]),
            ("\"3985734\"\t,\"a\"\"b\"", vec!["3985734", "a\"b"]),
            ("见\"视频\",x", vec!["见\"视频\"", "x"]),
            ("", vec![""]),
        ] {
            assert_eq!(cells(text).unwrap(), expected, "{text}");
        }
        for wrong in ["\"a", "\"a\"b,c", "a,\"b\"\""] {
            assert_eq!(cells(wrong), None, "{wrong}");
        }
        assert_eq!(cells(&",".repeat(300)), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_splitter_panic(text in "[a\", \t水]{0,40}") {
            let _ = cells(&text);
        }
    }
}
