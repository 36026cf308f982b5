//! `results.exposure_texts`: the words of what was seen of exposures.
use sqlx::PgConnection;
use wt_pg::{PgFault, TenantRead};

use super::exposure_way::few;

/// Takes up what up to `most` leaves of the ledgers tell of; gives how many were looked at, 0 when
/// nothing is left (SECURITY DEFINER: no row is read by anybody).
pub(crate) async fn index(conn: &mut PgConnection, most: i64) -> Result<i64, PgFault> {
    Ok(
        sqlx::query_scalar!(r#"select results.index_texts($1) as "looked_at!""#, most)
            .fetch_one(conn)
            .await?,
    )
}

/// The keys of the exposures that may have been seen with this word; none when they are more than
/// `most` or the index cannot tell. What was written a moment ago may be missing.
pub(super) async fn with_word(
    read: &mut TenantRead,
    word: &str,
    most: usize,
) -> Result<Option<Vec<String>>, PgFault> {
    if pattern(word).is_none() {
        return Ok(Some(Vec::new()));
    }
    if !word.contains(|letter: char| letter.is_ascii_alphanumeric()) {
        // Letters are what the database's locale takes for letters.
        return Ok(None);
    }
    let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    let mut sql = sqlx::QueryBuilder::new("select f.* from (select set_config('app.tenant_key', ");
    sql.push_bind(read.tenant_key().to_string());
    sql.push(
        ", true) as tenant_key) c cross join lateral (
              select t.key from results.find_texts(c.tenant_key, ",
    );
    sql.push_bind(word.to_owned()).push(", ");
    sql.push_bind(limit).push(") t where true");
    few(read, sql, most).await
}

/// What has to be found in what `results.said` gives, as a regular expression: the word, at the
/// beginning of a word. None where there is nothing in it to begin one.
pub(super) fn pattern(word: &str) -> Option<String> {
    if !word.contains(char::is_alphanumeric) {
        return None;
    }
    // As a value is written in JSON.
    let quoted = serde_json::Value::from(word).to_string();
    let written = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(word);
    let mut pattern = String::from("[^[:alnum:]]");
    for letter in written.chars() {
        if letter.is_ascii_punctuation() {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    Some(pattern)
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn a_pattern_says_the_word_and_nothing_else() {
        let of = |word| pattern(word).unwrap();
        assert_eq!(of("nginx/1.18"), r"[^[:alnum:]]nginx\/1\.18");
        assert_eq!(of(r#"a "b\"#), r#"[^[:alnum:]]a \\\"b\\\\"#);
        assert_eq!(pattern(", "), None);
    }
}
