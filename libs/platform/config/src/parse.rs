//! From arguments, environment and files to a validated configuration.
use std::{ffi::OsString, process::ExitCode};

use clap::Parser;

use crate::{ConfigFault, EXIT_CONFIG};

/// A service's whole configuration.
pub trait Settings: Parser + std::fmt::Debug {
    /// Rules that span fields ("lease must exceed the longest attempt").
    fn validate(&self) -> Result<(), ConfigFault> {
        Ok(())
    }

    /// Whether only to check and print the configuration (`--check-config`).
    fn check_only(&self) -> bool;
}

/// Why a process ends before it starts, with what it prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// Process exit code: 0 for help, version and a good `--check-config`, 64 for bad settings.
    pub code: u8,
    /// What to print: to stdout when the code is 0, else to stderr.
    pub text: String,
}

impl Exit {
    /// Prints the text where it belongs and gives the code.
    pub fn report(&self) -> ExitCode {
        use std::io::Write;
        // A closed stdout or stderr changes nothing about the exit.
        let _ = if self.code == 0 {
            writeln!(std::io::stdout(), "{}", self.text)
        } else {
            writeln!(std::io::stderr(), "{}", self.text)
        };
        ExitCode::from(self.code)
    }
}

/// Reads the configuration of this process.
pub fn parse<S: Settings>() -> Result<S, Exit> {
    parse_from(std::env::args_os().collect(), |name| std::env::var_os(name))
}

/// Reads a configuration from given arguments. For each setting with an environment name `X`,
/// `X_FILE` names a file whose content (without the final newline) is the value; giving both
/// is refused. `env` is asked for the `_FILE` names only.
pub fn parse_from<S: Settings>(
    mut args: Vec<OsString>,
    env: impl Fn(&str) -> Option<OsString>,
) -> Result<S, Exit> {
    let command = S::command();
    for arg in command.get_arguments() {
        let (Some(name), Some(long)) = (arg.get_env().and_then(|n| n.to_str()), arg.get_long())
        else {
            continue;
        };
        let Some(path) = env(&format!("{name}_FILE")) else {
            continue;
        };
        if env(name).is_some() {
            return Err(bad(&format!(
                "{name} and {name}_FILE are both set; keep one"
            )));
        }
        let content = std::fs::read_to_string(&path)
            .map_err(|error| bad(&format!("{name}_FILE: {}: {error}", path.display())))?;
        // Arguments win over the environment, so a file must not override one that was given.
        let flag = format!("--{long}");
        let given = args.iter().filter_map(|a| a.to_str()).any(|a| {
            a == flag
                || a.strip_prefix(&flag)
                    .is_some_and(|rest| rest.starts_with('='))
        });
        if !given {
            args.push(format!("{flag}={}", content.trim_end_matches(['\r', '\n'])).into());
        }
    }
    let settings = command
        .try_get_matches_from(args)
        .and_then(|matches| S::from_arg_matches(&matches))
        .map_err(|error| Exit {
            code: if error.use_stderr() { EXIT_CONFIG } else { 0 },
            text: error.to_string(),
        })?;
    settings
        .validate()
        .map_err(|fault| bad(&fault.to_string()))?;
    if settings.check_only() {
        return Err(Exit {
            code: 0,
            text: format!("{settings:#?}"),
        });
    }
    Ok(settings)
}

fn bad(reason: &str) -> Exit {
    Exit {
        code: EXIT_CONFIG,
        text: format!("error: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::{Settings, parse_from};
    use crate::{ConfigFault, Secret};

    #[derive(Debug, clap::Parser)]
    struct Sample {
        #[arg(long, env = "SAMPLE_KEY_OF_TEST")]
        key: Secret,
        #[arg(long, default_value_t = 3)]
        max: u32,
        #[arg(long)]
        check_config: bool,
    }

    impl Settings for Sample {
        fn validate(&self) -> Result<(), ConfigFault> {
            if self.max == 0 {
                return Err(ConfigFault::new("max", "must be at least 1"));
            }
            Ok(())
        }
        fn check_only(&self) -> bool {
            self.check_config
        }
    }

    fn args(given: &[&str]) -> Vec<OsString> {
        std::iter::once("sample")
            .chain(given.iter().copied())
            .map(Into::into)
            .collect()
    }

    #[test]
    fn a_broken_rule_exits_with_64() {
        let exit = parse_from::<Sample>(args(&["--key=k", "--max=0"]), |_| None).unwrap_err();
        assert_eq!(exit.code, 64);
        assert!(
            exit.text.contains("max: must be at least 1"),
            "{}",
            exit.text
        );
        assert_eq!(
            parse_from::<Sample>(args(&["--bogus"]), |_| None)
                .unwrap_err()
                .code,
            64
        );
    }

    #[test]
    fn check_config_prints_everything_but_secrets() {
        let exit =
            parse_from::<Sample>(args(&["--key=hunter2", "--check-config"]), |_| None).unwrap_err();
        assert_eq!(exit.code, 0);
        assert!(exit.text.contains("max: 3"), "{}", exit.text);
        assert!(!exit.text.contains("hunter2"), "{}", exit.text);
    }

    #[test]
    fn a_secret_may_come_from_a_file() {
        let path = std::env::temp_dir().join(format!("wt-config-{}", std::process::id()));
        std::fs::write(&path, "from-file\n").unwrap();
        let env = |name: &str| (name == "SAMPLE_KEY_OF_TEST_FILE").then(|| path.clone().into());
        let sample: Sample = parse_from(args(&[]), env).unwrap();
        assert_eq!(sample.key.expose(), "from-file");
        std::fs::remove_file(path).unwrap();
    }
}
