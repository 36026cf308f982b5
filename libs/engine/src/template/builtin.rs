//! The catalogue of our own templates, part of the program.
use std::collections::BTreeMap;

use super::TemplateSet;

#[derive(rust_embed::RustEmbed)]
#[folder = "templates/"]
struct Catalogue;

impl TemplateSet {
    /// Our own templates for what should not be seen from outside.
    pub fn builtin() -> Self {
        let files: BTreeMap<String, Vec<u8>> = Catalogue::iter()
            .filter(|path| path.ends_with(".yaml"))
            .filter_map(|path| {
                let file = Catalogue::get(&path)?;
                Some((path.into_owned(), file.data.into_owned()))
            })
            .collect();
        Self::from_files(&files)
    }
}
