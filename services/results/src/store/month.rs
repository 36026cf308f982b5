//! The months `results.events` is kept in: made ahead, dropped when nobody keeps them.
use sqlx::PgConnection;
use wt_pg::PgFault;

/// Makes this month, the next two, and those that events wait for; gives how many it made
/// (SECURITY DEFINER: no row is read by anybody).
pub(crate) async fn make(conn: &mut PgConnection) -> Result<i32, PgFault> {
    Ok(
        sqlx::query_scalar!(r#"select results.make_months() as "made!""#)
            .fetch_one(conn)
            .await?,
    )
}

/// Drops the oldest month if nobody keeps it any more; false if there is none such
/// (SECURITY DEFINER: no row is read by anybody).
pub(crate) async fn drop_oldest(conn: &mut PgConnection) -> Result<bool, PgFault> {
    Ok(
        sqlx::query_scalar!(r#"select results.drop_month() as "dropped!""#)
            .fetch_one(conn)
            .await?,
    )
}
