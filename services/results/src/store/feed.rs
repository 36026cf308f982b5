//! `results.epss`, `results.kev` and `results.feeds`: what is published, as it was imported.
use sqlx::PgConnection;
use time::OffsetDateTime;
use wt_pg::PgFault;
use wt_risk::{EpssRow, KevRow};

/// Rows a statement takes at once.
const PIECE: usize = 10_000;

/// An imported file.
pub(crate) struct FeedRow {
    pub(crate) name: String,
    pub(crate) dated: String,
    pub(crate) rows: i64,
    pub(crate) imported_at: OffsetDateTime,
}

/// Puts these probabilities in the place of all earlier ones; a CVE that is there twice has the
/// higher.
pub(crate) async fn replace_epss(conn: &mut PgConnection, rows: &[EpssRow]) -> Result<(), PgFault> {
    // Readers see the earlier rows until the transaction ends.
    sqlx::query!("delete from results.epss")
        .execute(&mut *conn)
        .await?;
    let mut sorted: Vec<(&str, u32)> = rows.iter().map(|row| (row.cve.as_str(), row.ppm)).collect();
    sorted.sort_unstable_by(|a, b| a.0.cmp(b.0).then(b.1.cmp(&a.1)));
    sorted.dedup_by_key(|row| row.0);
    for piece in sorted.chunks(PIECE) {
        let cves: Vec<String> = piece.iter().map(|row| row.0.to_owned()).collect();
        let ppm: Vec<i32> = piece
            .iter()
            .map(|row| i32::try_from(row.1).unwrap_or(i32::MAX))
            .collect();
        sqlx::query!(
            "insert into results.epss (cve, ppm) select * from unnest($1::text[], $2::integer[])",
            &cves,
            &ppm,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Puts this catalogue in the place of the earlier one.
pub(crate) async fn replace_kev(conn: &mut PgConnection, rows: &[KevRow]) -> Result<(), PgFault> {
    sqlx::query!("delete from results.kev")
        .execute(&mut *conn)
        .await?;
    let column = |of: fn(&KevRow) -> String| -> Vec<String> { rows.iter().map(of).collect() };
    let ransomware: Vec<bool> = rows.iter().map(|row| row.ransomware).collect();
    sqlx::query!(
        "insert into results.kev (cve, added, due, ransomware)
         select distinct on (n.cve) n.cve, n.added::date, nullif(n.due, '')::date, n.ransomware
         from unnest($1::text[], $2::text[], $3::text[], $4::boolean[])
              as n (cve, added, due, ransomware)
         order by n.cve, n.added",
        &column(|row| row.cve.to_string()),
        &column(|row| row.added.clone()),
        &column(|row| row.due.clone()),
        &ransomware,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes which file was imported.
pub(crate) async fn note(
    conn: &mut PgConnection,
    name: &str,
    dated: &str,
    sha256: &str,
    rows: usize,
) -> Result<(), PgFault> {
    sqlx::query!(
        "insert into results.feeds (name, dated, sha256, rows) values ($1, $2, $3, $4)
         on conflict (name) do update
         set dated = excluded.dated, sha256 = excluded.sha256, rows = excluded.rows,
             imported_at = now()",
        name,
        dated,
        sha256,
        i64::try_from(rows).unwrap_or(i64::MAX),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Every imported file.
pub(crate) async fn list(conn: &mut PgConnection) -> Result<Vec<FeedRow>, PgFault> {
    Ok(sqlx::query_as!(
        FeedRow,
        "select name, dated, rows, imported_at from results.feeds order by name"
    )
    .fetch_all(conn)
    .await?)
}
