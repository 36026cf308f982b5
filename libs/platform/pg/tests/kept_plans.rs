//! Functions that run as the owner keep their plans (`platform.keep_plans`).
use wt_testkit::database;

#[tokio::test]
async fn what_runs_as_the_owner_is_planned_once_for_a_connection() {
    let database = database().await.unwrap();
    let planned_at_each_call: Vec<String> = sqlx::query_scalar(
        "select p.oid::regprocedure::text from pg_proc p
         join pg_language l on l.oid = p.prolang
         where p.prosecdef and l.lanname = 'sql' and p.proowner = 'wt_owner'::regrole",
    )
    .fetch_all(&mut database.superuser().await.unwrap())
    .await
    .unwrap();
    assert_eq!(planned_at_each_call, Vec::<String>::new());
}

#[tokio::test]
async fn a_function_that_keeps_its_plans_says_what_it_said() {
    let database = database().await.unwrap();
    let mut owner = database.superuser().await.unwrap();
    sqlx::raw_sql(
        "set role wt_owner;
         create table platform.fruits (name text primary key, color text not null);
         insert into platform.fruits values ('apple', 'red'), ('plum', 'blue');
         create function platform.fruits_of(p_color text) returns table (name text, color text)
         language sql stable security definer set search_path = pg_catalog, pg_temp
         as $$ select f.name, f.color from platform.fruits f where f.color = p_color $$;
         create function platform.paint(p_name text, p_color text) returns bigint
         language sql volatile security definer set search_path = pg_catalog, pg_temp
         as $$
             with painted as (
                 insert into platform.fruits (name, color) values (p_name, p_color)
                 on conflict (name) do update set color = excluded.color returning 1
             ) select count(*) from painted
         $$;
         create function platform.color_of(p_name text) returns text
         language sql stable security definer set search_path = pg_catalog, pg_temp
         as $$ select f.color from platform.fruits f where f.name = p_name $$;",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    for round in ["planned each time", "planned once"] {
        let painted: i64 = sqlx::query_scalar("select platform.paint('apple', 'green')")
            .fetch_one(&mut owner)
            .await
            .unwrap();
        assert_eq!(painted, 1, "{round}");
        let green: Vec<(String, String)> =
            sqlx::query_as("select name, color from platform.fruits_of('green')")
                .fetch_all(&mut owner)
                .await
                .unwrap();
        assert_eq!(green, [("apple".to_owned(), "green".to_owned())], "{round}");
        let colors: (Option<String>, Option<String>) =
            sqlx::query_as("select platform.color_of('plum'), platform.color_of('brick')")
                .fetch_one(&mut owner)
                .await
                .unwrap();
        assert_eq!(colors, (Some("blue".to_owned()), None), "{round}");
        sqlx::raw_sql("call platform.keep_plans()")
            .execute(&mut owner)
            .await
            .unwrap();
    }
}
