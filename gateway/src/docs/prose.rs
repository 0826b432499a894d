//! Text with code in it: paragraphs at empty lines, code between backticks. Nothing else of Markdown is
//! used by the documents that it is made of.

/// A paragraph.
pub(super) type Paragraph = Vec<Span>;

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    /// The text.
    pub text: String,
    /// Whether it is code.
    pub code: bool,
}

/// The paragraphs of a text.
pub(super) fn paragraphs(text: &str) -> Vec<Paragraph> {
    text.split("\n\n")
        .map(|paragraph| spans(paragraph.trim()))
        .filter(|spans| !spans.is_empty())
        .collect()
}

fn spans(text: &str) -> Vec<Span> {
    // An odd number of backticks leaves the last one as it is.
    let whole = text.matches('`').count() / 2 * 2;
    text.splitn(whole + 1, '`')
        .enumerate()
        .filter(|(_, part)| !part.is_empty())
        .map(|(nth, part)| Span { text: part.to_owned(), code: nth % 2 == 1 })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_stands_between_backticks() {
        let plain = |text: &str| Span { text: text.to_owned(), code: false };
        let code = |text: &str| Span { text: text.to_owned(), code: true };
        assert_eq!(
            paragraphs("Look at `code`, not `title`.\n\n`x` it is"),
            [
                vec![plain("Look at "), code("code"), plain(", not "), code("title"), plain(".")],
                vec![code("x"), plain(" it is")],
            ]
        );
        assert_eq!(paragraphs("one ` alone"), [vec![plain("one ` alone")]]);
        assert_eq!(paragraphs(" \n\n "), Vec::<Paragraph>::new());
    }
}
