//! Checks of files and directories that were never meant to be public.
use wt_model::{Policy, Severity};

use super::{
    Check, Rule,
    path::{NOTHING, PathRule},
};

const WSTG_FILES: &str = "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/02-Configuration_and_Deployment_Management_Testing/04-Review_Old_Backup_and_Unreferenced_Files_for_Sensitive_Information";

/// A check of files.
const fn file(
    id: &'static str,
    title: &'static str,
    severity: Severity,
    texts: (&'static str, &'static str),
    cwe: &'static [u32],
    rule: PathRule,
) -> Check {
    Check {
        id,
        title,
        severity,
        description: texts.0,
        remediation: texts.1,
        references: &[WSTG_FILES],
        cwe,
        policy: Policy::Safe,
        revision: 1,
        rule: Rule::Path(rule),
    }
}

pub(super) const CHECKS: &[Check] = &[
    file(
        "http.exposed.git_config",
        "Git repository exposed",
        Severity::High,
        (
            "The .git directory is served. The whole source code and its history, often with \
             credentials, can be downloaded.",
            "Remove .git from the web root, or deny it in the server's configuration, and replace \
             every secret that was ever committed.",
        ),
        &[527],
        PathRule {
            paths: &["/.git/config"],
            all: &["[core]"],
            any: &["repositoryformatversion", "bare =", "filemode"],
            never_html: true,
            ..NOTHING
        },
    ),
    file(
        "http.exposed.env_file",
        "Environment file exposed",
        Severity::Critical,
        (
            "A .env file is served. Such files hold database passwords, API keys and signing \
             secrets of the application.",
            "Remove the file from the web root, deny dot files in the server's configuration and \
             replace every secret in it.",
        ),
        &[538],
        PathRule {
            paths: &["/.env", "/.env.production", "/.env.local"],
            any: &[
                "APP_KEY=",
                "DB_PASSWORD=",
                "SECRET",
                "PASSWORD=",
                "API_KEY",
                "TOKEN=",
                "AWS_",
                "DATABASE_URL=",
                "APP_ENV=",
            ],
            never_html: true,
            is_secret: true,
            ..NOTHING
        },
    ),
    file(
        "http.exposed.svn",
        "Subversion metadata exposed",
        Severity::Medium,
        (
            "The .svn directory is served; the source code can be rebuilt from it without access \
             to the repository.",
            "Deploy by export instead of checkout, or deny .svn in the server's configuration.",
        ),
        &[527],
        PathRule {
            paths: &["/.svn/wc.db", "/.svn/entries"],
            magic: &[b"SQLite format 3", b"12\n", b"10\n", b"9\n", b"8\n"],
            never_html: true,
            ..NOTHING
        },
    ),
    file(
        "http.exposed.ds_store",
        ".DS_Store exposed",
        Severity::Low,
        (
            "A .DS_Store file of macOS is served; it lists the names of all files in the \
             directory, linked or not.",
            "Delete .DS_Store files at deployment and deny dot files in the server's \
             configuration.",
        ),
        &[538],
        PathRule {
            paths: &["/.DS_Store"],
            magic: &[b"\0\0\0\x01Bud1"],
            never_html: true,
            ..NOTHING
        },
    ),
    file(
        "http.exposed.htpasswd",
        "Password file exposed",
        Severity::High,
        (
            "A .htpasswd file is served. Its password hashes can be guessed offline, then used to \
             log in.",
            "Move the file out of the web root, deny it in the server's configuration and change \
             the passwords.",
        ),
        &[538],
        PathRule {
            paths: &["/.htpasswd"],
            any: &[":$apr1$", ":$2y$", ":$2a$", ":{SHA}", ":$5$", ":$6$"],
            never_html: true,
            is_secret: true,
            ..NOTHING
        },
    ),
    file(
        "http.exposed.private_key",
        "Private key exposed",
        Severity::Critical,
        (
            "A private key is served. Whoever downloads it can log in or pose as the server until \
             the key is replaced.",
            "Remove the file, replace the key everywhere it was used and revoke certificates made \
             with it.",
        ),
        &[321],
        PathRule {
            paths: &["/id_rsa", "/.ssh/id_rsa", "/server.key", "/privkey.pem"],
            any: &[
                "-----BEGIN RSA PRIVATE KEY-----",
                "-----BEGIN OPENSSH PRIVATE KEY-----",
                "-----BEGIN PRIVATE KEY-----",
                "-----BEGIN EC PRIVATE KEY-----",
            ],
            never_html: true,
            is_secret: true,
            ..NOTHING
        },
    ),
    file(
        "http.exposed.aws_credentials",
        "Cloud credentials exposed",
        Severity::Critical,
        (
            "A file with AWS access keys is served. Within minutes such keys are found by \
             automated attackers and used.",
            "Remove the file, deactivate the keys at once and review what was done with them.",
        ),
        &[522],
        PathRule {
            paths: &["/.aws/credentials"],
            all: &["aws_access_key_id"],
            never_html: true,
            is_secret: true,
            ..NOTHING
        },
    ),
    file(
        "http.exposed.compose_file",
        "Deployment file exposed",
        Severity::Medium,
        (
            "A docker compose file is served. It shows the internal structure of the application \
             and often its passwords.",
            "Keep deployment files out of the web root and move secrets into a secret store.",
        ),
        &[538],
        PathRule {
            paths: &["/docker-compose.yml", "/docker-compose.yaml"],
            all: &["services:", "image:"],
            never_html: true,
            is_secret: true,
            ..NOTHING
        },
    ),
    file(
        "http.exposed.backup_archive",
        "Backup of configuration exposed",
        Severity::High,
        (
            "A backup copy of the application's configuration is served as text, with database \
             credentials inside.",
            "Delete backup copies from the web root and change the credentials they hold.",
        ),
        &[530],
        PathRule {
            paths: &["/wp-config.php.bak", "/wp-config.php~", "/config.php.bak"],
            all: &["<?php"],
            any: &["DB_PASSWORD", "password"],
            never_html: true,
            is_secret: true,
            ..NOTHING
        },
    ),
    file(
        "http.exposed.sql_dump",
        "Database dump exposed",
        Severity::Critical,
        (
            "A dump of a database is served for anyone to download, with all the data it held \
             when it was made.",
            "Remove the dump, find out who downloaded it from the access logs and treat its data \
             as disclosed.",
        ),
        &[530],
        PathRule {
            paths: &["/dump.sql", "/backup.sql", "/database.sql", "/db.sql"],
            any: &[
                "-- MySQL dump",
                "-- PostgreSQL database dump",
                "-- MariaDB dump",
                "INSERT INTO",
                "CREATE TABLE",
            ],
            never_html: true,
            is_secret: true,
            ..NOTHING
        },
    ),
    file(
        "http.exposed.directory_listing",
        "Directory listing",
        Severity::Medium,
        (
            "The server lists the files of a directory. Visitors find what was never linked: \
             backups, exports, drafts.",
            "Turn listings off (nginx: autoindex off; Apache: Options -Indexes) and remove files \
             that must not be public.",
        ),
        &[548],
        PathRule {
            paths: &[
                "/",
                "/files/",
                "/uploads/",
                "/backup/",
                "/backups/",
                "/static/",
                "/assets/",
                "/download/",
                "/downloads/",
                "/data/",
                "/logs/",
                "/public/",
            ],
            any: &[
                "<title>Index of /",
                "<h1>Index of /",
                "<title>Directory listing for ",
                "[To Parent Directory]",
            ],
            ..NOTHING
        },
    ),
    file(
        "http.exposed.phpinfo",
        "phpinfo() exposed",
        Severity::Medium,
        (
            "A phpinfo() page is served. It shows versions, paths, environment variables and \
             often secrets of the application.",
            "Delete the script; use the command line to see the configuration.",
        ),
        &[200],
        PathRule {
            paths: &["/phpinfo.php", "/info.php"],
            all: &["phpinfo()"],
            any: &["PHP Version"],
            ..NOTHING
        },
    ),
];
