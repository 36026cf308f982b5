//! `schedules …`.
use serde_json::{Value, json};

use super::Work;
use crate::{
    args::{Every, NewSchedule, Schedules},
    fault::CliFault,
    output::{Column, column, list, object},
};

const COLUMNS: [Column; 8] = [
    column("name", "/name"),
    column("every", "/every"),
    column("at", "/at"),
    column("zone", "/zone"),
    column("paused", "/paused"),
    column("next", "/next_at"),
    column("last run", "/last_run_id"),
    column("left out because", "/last_skipped"),
];
/// Most schedules the API answers with.
const ROWS: usize = 1_000;
/// What the service says of a schedule and is not sent back.
const TOLD: [&str; 7] = [
    "id",
    "next_at",
    "last_at",
    "last_run_id",
    "last_skipped",
    "created_by",
    "created_at",
];

impl Work {
    pub(super) async fn schedules(&self, command: Schedules) -> Result<(), CliFault> {
        match command {
            Schedules::List => {
                let rows = self.api.list("/schedules", &[], ROWS).await?;
                list(&self.global, &COLUMNS, &rows)
            }
            Schedules::Create(new) => self.create_schedule(new).await,
            Schedules::Pause { schedule } => self.pause_schedule(&schedule, true).await,
            Schedules::Resume { schedule } => self.pause_schedule(&schedule, false).await,
            Schedules::Remove { schedule } => {
                let schedule = self.named_schedule(&schedule).await?;
                self.api.delete(&path_of(&schedule)).await
            }
        }
    }

    async fn create_schedule(&self, new: NewSchedule) -> Result<(), CliFault> {
        let mut assets = Vec::new();
        for asset in &new.asset {
            assets.push(self.asset_id(asset).await?);
        }
        let pool = match &new.pool {
            Some(pool) => self.pool_id(pool).await?,
            None => String::new(),
        };
        let every = match new.every {
            Every::Day => "day",
            Every::Week => "week",
            Every::Month => "month",
        };
        let schedule = json!({
            "name": new.name, "asset_ids": assets, "profile": new.profile, "policy": new.policy,
            "ports": new.ports, "pool": pool, "every": every, "weekday": new.weekday,
            "day": new.day, "at": new.at, "zone": new.zone,
        });
        let schedule = self.api.post("/schedules", &schedule).await?;
        object(&self.global, &schedule)
    }

    async fn pause_schedule(&self, named: &str, paused: bool) -> Result<(), CliFault> {
        let mut schedule = self.named_schedule(named).await?;
        let path = path_of(&schedule);
        if let Some(members) = schedule.as_object_mut() {
            members.retain(|name, _| !TOLD.contains(&name.as_str()));
            members.insert("paused".to_owned(), Value::Bool(paused));
        }
        let schedule = self.api.put(&path, &schedule).await?;
        object(&self.global, &schedule)
    }

    /// A schedule named by its id or its name.
    async fn named_schedule(&self, named: &str) -> Result<Value, CliFault> {
        let all = self.api.list("/schedules", &[], ROWS).await?;
        let mut fits = all
            .into_iter()
            .filter(|it| text(it, "id") == named || text(it, "name") == named);
        let first = fits
            .next()
            .ok_or_else(|| CliFault::Usage(format!("there is no schedule {named:?}")))?;
        if fits.next().is_some() {
            let why = format!("several schedules are called {named:?}; name one by its id");
            return Err(CliFault::Usage(why));
        }
        Ok(first)
    }
}

fn path_of(schedule: &Value) -> String {
    format!("/schedules/{}", text(schedule, "id"))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
