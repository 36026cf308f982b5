//! `import`.
use std::{io::Read as _, path::Path};

use serde_json::Value;

use super::Work;
use crate::{
    args::{Format, Import},
    fault::CliFault,
    output::{Column, column, list, object, safe, say},
};

/// More than the server takes; it says so itself.
const FILE_BYTES_MAX: u64 = (32 << 20) + 1;

const REFUSED: [Column; 4] = [
    column("line", "/line"),
    column("reason", "/reason"),
    column("subject", "/subject"),
    column("detail", "/detail"),
];

impl Work {
    pub(super) async fn import(&self, import: Import) -> Result<(), CliFault> {
        let file = read(&import.file)?;
        let query = [
            ("format", import.format),
            ("dry_run", import.dry_run.to_string()),
        ];
        let answer = self.api.post_file("/imports", &query, file).await?;
        if self.global.format()? != Format::Table {
            return object(&self.global, &answer);
        }
        let number = |name: &str| answer.get(name).and_then(Value::as_u64).unwrap_or_default();
        let done = if import.dry_run {
            "nothing was written; of the file"
        } else {
            "of the file"
        };
        say(&safe(&format!(
            "{done}, {} opened, {} changed and {} left exposures as they were; {} lines were refused",
            number("opened"),
            number("changed"),
            number("unchanged"),
            number("refused_total"),
        )));
        let refused = answer.get("refused").and_then(Value::as_array);
        let refused = refused.map(Vec::as_slice).unwrap_or_default();
        if refused.is_empty() {
            return Ok(());
        }
        list(&self.global, &REFUSED, refused)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CliFault> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(FILE_BYTES_MAX)
            .read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut bytes))
    };
    read.map_err(|error| CliFault::Usage(format!("{}: {error}", path.display())))?;
    Ok(bytes)
}
