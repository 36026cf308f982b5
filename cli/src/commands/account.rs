//! `signup`, `login`, `logout`, `whoami`.
use std::io::{IsTerminal as _, Read as _};

use serde_json::json;

use super::Work;
use crate::{
    args::{Login, Password, Signup},
    fault::CliFault,
    output::{object, safe, say},
};

impl Work {
    pub(super) async fn sign_up(&self, signup: Signup) -> Result<(), CliFault> {
        let password = ask(&signup.password, true)?;
        let display_name = signup.display_name.unwrap_or_else(|| signup.email.clone());
        let answer = self
            .api
            .post(
                "/auth/signup",
                &json!({
                    "email": signup.email, "password": password, "display_name": display_name,
                    "organization_name": signup.organization, "mode": "bearer",
                }),
            )
            .await?;
        if answer.get("mailed").is_some() {
            say("look into your mail: confirm the address, then `watchtower login`");
            return Ok(());
        }
        self.signed_in(&answer)
    }

    pub(super) async fn log_in(&self, login: Login) -> Result<(), CliFault> {
        let Some(email) = login.email else {
            let answer = self.let_in().await?;
            return self.signed_in(&answer);
        };
        let password = ask(&login.password, false)?;
        let answer = self
            .api
            .post(
                "/auth/login",
                &json!({"email": email, "password": password, "mode": "bearer"}),
            )
            .await?;
        self.signed_in(&answer)
    }

    fn signed_in(&self, answer: &serde_json::Value) -> Result<(), CliFault> {
        self.api.sign_in(answer)?;
        // Tokens stay in the file.
        object(
            &self.global,
            &json!({"user": answer.get("user"), "organization": answer.get("organization")}),
        )
    }

    pub(super) async fn log_out(&self) -> Result<(), CliFault> {
        if self.api.is_signed_in() {
            // A session that is gone already is what was wanted.
            match self
                .api
                .post("/auth/logout", &serde_json::Value::Null)
                .await
            {
                Ok(_) => {}
                Err(CliFault::Refused(refusal)) if refusal.status == 401 => {}
                Err(fault) => {
                    self.api.sign_out()?;
                    return Err(fault);
                }
            }
        }
        self.api.sign_out()?;
        if !self.global.quiet {
            say("signed out");
        }
        Ok(())
    }

    pub(super) async fn who_am_i(&self) -> Result<(), CliFault> {
        let me = self.api.get("/me", &[]).await?;
        object(&self.global, &me)
    }
}

/// The password: given, piped or asked for.
fn ask(password: &Password, new: bool) -> Result<String, CliFault> {
    if password.password_stdin {
        let mut text = String::new();
        std::io::stdin()
            .take(4_096)
            .read_to_string(&mut text)
            .map_err(CliFault::unexpected)?;
        return Ok(text.trim_end_matches(['\r', '\n']).to_owned());
    }
    if let Some(password) = &password.password {
        return Ok(password.clone());
    }
    if !std::io::stdin().is_terminal() {
        return Err(CliFault::Usage(
            "no password: use --password-stdin, or set WATCHTOWER_PASSWORD".to_owned(),
        ));
    }
    let prompt = if new { "New password: " } else { "Password: " };
    rpassword::prompt_password(safe(prompt)).map_err(CliFault::unexpected)
}
