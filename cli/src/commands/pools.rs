//! `pools …`.
use serde_json::{Value, json};

use super::Work;
use crate::{
    args::Pools,
    fault::CliFault,
    output::{Column, column, list, object, say},
};

const COLUMNS: [Column; 6] = [
    column("id", "/id"),
    column("name", "/name"),
    column("default", "/is_default"),
    column("workers", "/workers"),
    column("last heard", "/last_heard_at"),
    column("waiting", "/waiting_jobs"),
];
/// What the platform's own workers are called.
const SHARED: &str = "shared";

impl Work {
    pub(super) async fn pools(&self, command: Pools) -> Result<(), CliFault> {
        match command {
            Pools::List => {
                let answer = self.api.get("/pools", &[]).await?;
                if !self.global.quiet {
                    say(&quota(&answer));
                }
                list(&self.global, &COLUMNS, &items(&answer))
            }
            Pools::Create { name, default } => {
                let pool = json!({ "name": name, "is_default": default });
                let pool = self.api.post("/pools", &pool).await?;
                object(&self.global, &pool)
            }
            Pools::Rename { pool, name } => {
                let pool = self.pool(&pool).await?;
                self.change_pool(
                    &pool,
                    json!({ "name": name, "is_default": is_default(&pool) }),
                )
                .await
            }
            Pools::Default { pool } => self.default_pool(&pool).await,
            Pools::Remove { pool } => {
                let pool = self.pool_id(&pool).await?;
                self.api.delete(&format!("/pools/{pool}")).await
            }
        }
    }

    /// The id of a pool named by its id or its name.
    pub(super) async fn pool_id(&self, named: &str) -> Result<String, CliFault> {
        if named == SHARED || named.starts_with("pol_") {
            return Ok(named.to_owned());
        }
        let pool = self.pool(named).await?;
        Ok(text(&pool, "id").to_owned())
    }

    async fn pool(&self, named: &str) -> Result<Value, CliFault> {
        let answer = self.api.get("/pools", &[]).await?;
        // Own ones come first: of two of one name, the organization's own is meant.
        items(&answer)
            .into_iter()
            .find(|pool| text(pool, "id") == named || text(pool, "name") == named)
            .ok_or_else(|| CliFault::Usage(format!("there is no pool {named:?}")))
    }

    async fn default_pool(&self, named: &str) -> Result<(), CliFault> {
        let pool = if named == SHARED {
            let answer = self.api.get("/pools", &[]).await?;
            let now = items(&answer).into_iter().find(is_default);
            let Some(pool) = now else { return Ok(()) };
            pool
        } else {
            self.pool(named).await?
        };
        self.change_pool(
            &pool,
            json!({ "name": text(&pool, "name"), "is_default": named != SHARED }),
        )
        .await
    }

    async fn change_pool(&self, pool: &Value, new: Value) -> Result<(), CliFault> {
        let path = format!("/pools/{}", text(pool, "id"));
        let pool = self.api.put(&path, &new).await?;
        object(&self.global, &pool)
    }
}

fn quota(answer: &Value) -> String {
    let number = |name| answer.get(name).and_then(Value::as_u64);
    let used = number("used").unwrap_or(0);
    match number("included") {
        Some(included) => format!("{used} of {included} private pools of the plan"),
        None => format!("{used} private pools; the plan sets no limit"),
    }
}

fn items(answer: &Value) -> Vec<Value> {
    let items = answer.get("items").and_then(Value::as_array);
    items.cloned().unwrap_or_default()
}

fn is_default(pool: &Value) -> bool {
    pool.get("is_default") == Some(&Value::Bool(true))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
