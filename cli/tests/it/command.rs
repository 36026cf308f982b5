//! Running the command.
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::server::Server;

pub(crate) struct User {
    pub(crate) home: TempDir,
    url: String,
}

/// What came of it.
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl User {
    pub(crate) fn of(server: &Server) -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            url: format!("http://{}", server.address),
        }
    }

    /// Runs `watchtower` with these arguments.
    pub(crate) fn runs(&self, arguments: &[&str]) -> Done {
        self.runs_with(arguments, &[])
    }

    /// Runs it with more variables.
    pub(crate) fn runs_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Done {
        let output: Output = Command::new(env!("CARGO_BIN_EXE_watchtower"))
            .args(arguments)
            .env_clear()
            .env("WATCHTOWER_HOME", self.home.path())
            .env("WATCHTOWER_URL", &self.url)
            .env("WATCHTOWER_PASSWORD", "correct horse battery")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        Done {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Signs in with tokens named after `name`.
    pub(crate) fn signs_in(&self, server: &Server, name: &str) {
        server.answers("POST /api/v1/auth/login", 200, &session(name));
        let done = self.runs(&["login", "--email", "a@b.example"]);
        assert_eq!(done.code, 0, "{}", done.err);
    }
}

pub(crate) fn session(name: &str) -> serde_json::Value {
    serde_json::json!({
        "access_token": format!("access-{name}"), "refresh_token": format!("refresh-{name}"),
        "expires_in": 600, "token_type": "Bearer",
        "user": {"id": "usr_1", "email": "a@b.example", "display_name": "A"},
        "organization": {"tenant_key": "org_1", "name": "O", "role": "owner"},
    })
}
