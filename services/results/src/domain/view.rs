//! A saved view: what it needs to be kept.
use wt_filter::Filter;

use crate::error::ResultsFault;

/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 80;
/// Most columns; a screen has fewer.
const COLUMNS_MAX: usize = 40;
/// Longest name of a column.
const COLUMN_BYTES_MAX: usize = 40;

/// A checked view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) name: String,
    /// Canonical text.
    pub(crate) filter: String,
    /// In the order they are shown.
    pub(crate) columns: Vec<String>,
    pub(crate) sort: String,
    pub(crate) shared: bool,
}

impl View {
    /// Checks a view somebody wants to keep.
    pub(crate) fn read(mut self) -> Result<Self, ResultsFault> {
        let name = self.name.trim().to_owned();
        let length = name.chars().count();
        if !(1..=NAME_CHARS_MAX).contains(&length) || name.chars().any(char::is_control) {
            let reason = format!("expected 1 to {NAME_CHARS_MAX} printable characters");
            return Err(ResultsFault::field("name", reason));
        }
        self.name = name;
        let filter: Filter = self
            .filter
            .parse()
            .map_err(|fault| ResultsFault::field("filter", fault))?;
        self.filter = filter.to_string();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let is_column = |column: &String| {
            (1..=COLUMN_BYTES_MAX).contains(&column.len()) && column.chars().all(plain)
        };
        if self.columns.len() > COLUMNS_MAX || !self.columns.iter().all(is_column) {
            let reason = format!("expected at most {COLUMNS_MAX} names of fields");
            return Err(ResultsFault::field("columns", reason));
        }
        match self.sort.as_str() {
            "" => "severity".clone_into(&mut self.sort),
            "severity" | "score" => {}
            _ => return Err(ResultsFault::field("sort", "expected severity or score")),
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::View;

    fn view() -> View {
        View {
            name: " Ours ".to_owned(),
            filter: "tag:ours  severity>=high".to_owned(),
            columns: vec!["score".to_owned(), "due_at".to_owned()],
            sort: String::new(),
            shared: true,
        }
    }

    #[test]
    fn a_view_is_kept_in_canonical_form() {
        let kept = view().read().unwrap();
        assert_eq!(kept.name, "Ours");
        assert_eq!(kept.filter, "severity:high,critical tag:ours");
        assert_eq!(kept.sort, "severity");
    }

    #[test]
    fn what_no_list_can_show_is_refused() {
        for wrong in [
            View {
                name: " ".to_owned(),
                ..view()
            },
            View {
                name: "x".repeat(81),
                ..view()
            },
            View {
                filter: "colour:red".to_owned(),
                ..view()
            },
            View {
                columns: vec!["<b>".to_owned()],
                ..view()
            },
            View {
                sort: "title".to_owned(),
                ..view()
            },
        ] {
            assert!(wrong.clone().read().is_err(), "{wrong:?}");
        }
    }
}
