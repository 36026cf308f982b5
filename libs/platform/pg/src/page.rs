//! Which part of a list is asked for, and how one answer is cut from one row too many.
use wt_model::Limit;
use wt_proto::common::PageRequest;

use crate::{Cursor, PgFault};

/// A checked page request.
#[derive(Debug, Clone)]
pub struct Page {
    after: Option<Cursor>,
    limit: Limit,
}

impl Page {
    /// Checks a request for a page of `list`; none asks for the first.
    pub fn read(list: &str, request: Option<&PageRequest>) -> Result<Self, PgFault> {
        let (cursor, limit) = request.map_or(("", 0), |page| (page.cursor.as_str(), page.limit));
        Ok(Self {
            after: (!cursor.is_empty())
                .then(|| Cursor::decode(list, cursor))
                .transpose()?,
            limit: Limit::new(limit).map_err(|_| PgFault::Limit)?,
        })
    }

    /// The position the page starts after; none for the first.
    pub fn after(&self) -> Option<&Cursor> {
        self.after.as_ref()
    }

    /// Rows of the page. Statements ask for one more, so that [`Page::cut`] knows of a next.
    pub fn limit(&self) -> Limit {
        self.limit
    }

    /// Cuts the page from the rows, and gives the cursor of the next one; empty at the end.
    pub fn cut<T>(&self, mut rows: Vec<T>, cursor: impl Fn(&T) -> Cursor) -> (Vec<T>, String) {
        let more = rows.len() > self.limit.as_usize();
        rows.truncate(self.limit.as_usize());
        let next = rows.last().filter(|_| more).map(|row| cursor(row).encode());
        (rows, next.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;
    use wt_proto::common::PageRequest;

    use super::Page;
    use crate::Cursor;

    fn cursor(n: i64) -> Cursor {
        Cursor::new(
            "numbers",
            OffsetDateTime::from_unix_timestamp(n).unwrap(),
            &n.to_string(),
        )
    }

    #[test]
    fn one_row_too_many_means_a_next_page() {
        let request = PageRequest {
            limit: 2,
            ..Default::default()
        };
        let page = Page::read("numbers", Some(&request)).unwrap();
        let (rows, next) = page.cut(vec![1, 2, 3], |n| cursor(*n));
        assert_eq!(rows, [1, 2]);
        let request = PageRequest {
            limit: 2,
            cursor: next,
        };
        let page = Page::read("numbers", Some(&request)).unwrap();
        assert_eq!(page.after(), Some(&cursor(2)));
        assert_eq!(page.cut(vec![3, 4], |n| cursor(*n)).1, "");
    }

    #[test]
    fn a_limit_out_of_range_is_refused() {
        let request = PageRequest {
            limit: 201,
            ..Default::default()
        };
        assert!(Page::read("numbers", Some(&request)).is_err());
    }
}
