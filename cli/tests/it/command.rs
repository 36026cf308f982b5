//! Running the command.
use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
};

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

    /// Runs it with this on its standard input.
    pub(crate) fn runs_told(&self, arguments: &[&str], input: &str) -> Done {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // One that ends before it reads is no failure here.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        done(child.wait_with_output().unwrap())
    }

    /// Runs it with more variables.
    pub(crate) fn runs_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Done {
        let mut command = self.command(arguments);
        done(command.envs(variables.iter().copied()).output().unwrap())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchtower"));
        command
            .args(arguments)
            .env_clear()
            .env("WATCHTOWER_HOME", self.home.path())
            .env("WATCHTOWER_URL", &self.url)
            .env("WATCHTOWER_PASSWORD", "correct horse battery");
        command
    }

    /// Signs in with tokens named after `name`.
    pub(crate) fn signs_in(&self, server: &Server, name: &str) {
        server.answers("POST /api/v1/auth/login", 200, &session(name));
        let done = self.runs(&["login", "--email", "a@b.example"]);
        assert_eq!(done.code, 0, "{}", done.err);
    }
}

fn done(output: Output) -> Done {
    Done {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
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
