//! `members`, `invitations` and `teams`.
use serde_json::{Value, json};

use super::Work;
use crate::{
    args::{Invitations, Members, Teams},
    fault::CliFault,
    output::{Column, column, list, object, say},
};

/// Rows of a list that is not paged.
const ROWS: usize = 1_000;
const MEMBERS: [Column; 5] = [
    column("id", "/user/id"),
    column("e-mail", "/user/email"),
    column("name", "/user/display_name"),
    column("role", "/role"),
    column("state", "/state"),
];
const INVITATIONS: [Column; 4] = [
    column("id", "/id"),
    column("e-mail", "/email"),
    column("role", "/role"),
    column("ends", "/expires_at"),
];
const TEAMS: [Column; 3] = [
    column("id", "/id"),
    column("name", "/name"),
    column("for", "/description"),
];

impl Work {
    pub(super) async fn members(&self, command: Members) -> Result<(), CliFault> {
        match command {
            Members::List => {
                let rows = self.api.list("/users", &[], ROWS).await?;
                list(&self.global, &MEMBERS, &rows)
            }
            Members::Role { person, role } => self.change(&person, &json!({"role": role})).await,
            Members::Deactivate { person } => {
                let state = json!({"state": "deactivated"});
                self.change(&person, &state).await
            }
            Members::Reactivate { person } => {
                self.change(&person, &json!({"state": "active"})).await
            }
            Members::Rm { person, yes } => {
                sure(yes)?;
                let id = self.person(&person).await?;
                self.api.delete(&format!("/users/{id}")).await?;
                self.tell("removed")
            }
        }
    }

    pub(super) async fn invitations(&self, command: Invitations) -> Result<(), CliFault> {
        match command {
            Invitations::List => {
                let rows = self.api.list("/invitations", &[], ROWS).await?;
                list(&self.global, &INVITATIONS, &rows)
            }
            Invitations::Send { email, role } => {
                let body = json!({"email": email, "role": role});
                let made = self.api.post("/invitations", &body).await?;
                object(&self.global, &made)
            }
            Invitations::Resend { invitation } => {
                let path = format!("/invitations/{invitation}/resend");
                let made = self.api.post(&path, &Value::Null).await?;
                object(&self.global, &made)
            }
            Invitations::Withdraw { invitation } => {
                let path = format!("/invitations/{invitation}");
                self.api.delete(&path).await?;
                self.tell("withdrawn")
            }
        }
    }

    pub(super) async fn teams(&self, command: Teams) -> Result<(), CliFault> {
        match command {
            Teams::List => {
                let rows = self.api.list("/teams", &[], ROWS).await?;
                list(&self.global, &TEAMS, &rows)
            }
            Teams::Create { name, description } => {
                let body = json!({"name": name, "description": description});
                let made = self.api.post("/teams", &body).await?;
                object(&self.global, &made)
            }
            Teams::Add { team, person } => {
                let body = json!({"user_id": self.person(&person).await?});
                let path = format!("/teams/{team}/members");
                let now = self.api.post(&path, &body).await?;
                object(&self.global, &now)
            }
            Teams::Take { team, person } => {
                let id = self.person(&person).await?;
                self.api
                    .delete(&format!("/teams/{team}/members/{id}"))
                    .await?;
                self.tell("taken out")
            }
            Teams::Rm { team, yes } => {
                sure(yes)?;
                self.api.delete(&format!("/teams/{team}")).await?;
                self.tell("deleted")
            }
        }
    }

    async fn change(&self, person: &str, body: &Value) -> Result<(), CliFault> {
        let id = self.person(person).await?;
        let now = self.api.patch(&format!("/users/{id}"), body).await?;
        object(&self.global, &now)
    }

    /// The id of a member named by id or address.
    async fn person(&self, named: &str) -> Result<String, CliFault> {
        if !named.contains('@') {
            return Ok(named.to_owned());
        }
        let rows = self.api.list("/users", &[], ROWS).await?;
        let text = |row: &Value, at| row.pointer(at).and_then(Value::as_str).map(str::to_owned);
        rows.iter()
            .find(|row| {
                text(row, "/user/email").is_some_and(|email| email.eq_ignore_ascii_case(named))
            })
            .and_then(|row| text(row, "/user/id"))
            .ok_or_else(|| CliFault::Usage(format!("nobody here has the address {named}")))
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "the last step of commands that can fail"
    )]
    fn tell(&self, done: &str) -> Result<(), CliFault> {
        if !self.global.quiet {
            say(done);
        }
        Ok(())
    }
}

/// What cannot be taken back is asked for twice.
pub(super) fn sure(yes: bool) -> Result<(), CliFault> {
    if yes {
        return Ok(());
    }
    Err(CliFault::Usage(
        "this cannot be taken back: say --yes".to_owned(),
    ))
}
