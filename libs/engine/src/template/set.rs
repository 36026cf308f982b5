//! Template sets on disk: read once, verified, and compiled from exactly the verified bytes.
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use wt_envelope::TrustedKeys;
use wt_template::{
    Manifest, ManifestFault, Prefilter, Source, Template, Unsupported, read_template, summary,
};

/// Name of the signed manifest at the root of a set.
const MANIFEST_FILE: &str = "watchtower-manifest.json";
/// Most files and bytes of one set; the public tree has some 13,000 files and 60 MB.
const FILES_MAX: usize = 100_000;
const SET_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Deepest folder.
const DEPTH_MAX: usize = 16;

/// A template and where it lies in its set.
#[derive(Debug)]
pub struct LoadedTemplate {
    /// Path below the set's root.
    pub path: String,
    /// The template.
    pub template: Template,
}

/// A set of templates, ready to run.
#[derive(Debug)]
pub struct TemplateSet {
    /// What the set is known by: a digest over all its files.
    pub digest: String,
    /// What runs, in order of the paths.
    pub templates: Vec<LoadedTemplate>,
    /// What does not, with its path and reason.
    pub refused: Vec<(String, Unsupported)>,
    /// Index of each template's first block in the prefilter.
    pub(super) first_block: Vec<usize>,
    pub(super) prefilter: Prefilter,
    summary: serde_json::Value,
}

/// Why a set is not used.
#[derive(Debug, thiserror::Error)]
pub enum SetFault {
    /// It cannot be read.
    #[error("the template set cannot be read")]
    Read(#[source] io::Error),
    /// It is larger than a set may be.
    #[error("the template set is larger than {SET_BYTES_MAX} bytes or {FILES_MAX} files")]
    TooLarge,
    /// It is not what somebody trusted signed.
    #[error("the template set is not trusted")]
    Manifest(#[source] ManifestFault),
}

type Files = BTreeMap<String, Vec<u8>>;

impl TemplateSet {
    /// Reads a folder or one file. With keys, the folder's manifest has to be signed by one of
    /// them and to list exactly its files.
    ///
    /// # Errors
    /// [`SetFault`] says why the set is not used at all; single templates are refused in
    /// [`Self::refused`].
    pub fn open(path: &Path, keys: Option<&TrustedKeys>) -> Result<Self, SetFault> {
        let (root, only) = if path.is_file() {
            let root = path.parent().unwrap_or(Path::new(".")).to_path_buf();
            (
                root,
                path.file_name()
                    .map(|name| name.to_string_lossy().into_owned()),
            )
        } else {
            (path.to_path_buf(), None)
        };
        let mut files = Files::new();
        match &only {
            Some(name) if keys.is_none() => {
                let bytes = std::fs::read(path).map_err(SetFault::Read)?;
                files.insert(name.clone(), bytes);
            }
            _ => read_folder(&root, &root, 0, &mut 0, &mut files).map_err(SetFault::Read)?,
        }
        if files.len() >= FILES_MAX {
            return Err(SetFault::TooLarge);
        }
        let manifest = files.remove(MANIFEST_FILE);
        if let Some(keys) = keys {
            let signed = manifest.ok_or_else(|| {
                SetFault::Manifest(ManifestFault::Missing(MANIFEST_FILE.to_owned()))
            })?;
            Manifest::open(&signed, keys)
                .and_then(|manifest| manifest.check(each(&files)))
                .map_err(SetFault::Manifest)?;
        }
        Ok(Self::of(&files, &root, only.as_deref(), keys.is_some()))
    }

    /// A set from files in memory, by their paths.
    pub fn from_files(files: &BTreeMap<String, Vec<u8>>) -> Self {
        Self::of(files, Path::new(""), None, true)
    }

    fn of(files: &Files, root: &Path, only: Option<&str>, is_closed: bool) -> Self {
        let mut results = Vec::new();
        for (path, bytes) in files {
            let is_wanted = only.is_none_or(|only| only == path) && is_template_path(path);
            if !is_wanted {
                continue;
            }
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let read = |wanted: &str| payload_file(files, root, folder, wanted, is_closed);
            let source = Source {
                bytes,
                files: &read,
            };
            let result = read_template(&source);
            // A YAML file without an id and without requests is somebody's settings.
            let is_template = match &result {
                Ok(_) => true,
                Err(refused) => {
                    !refused.id.is_empty()
                        || !refused.protocols.is_empty()
                        || refused.reason.starts_with("not ")
                }
            };
            if is_template {
                results.push((path.clone(), result));
            }
        }
        let summary = summary(results.iter().map(|(path, result)| (path.as_str(), result)));
        let (mut templates, mut refused) = (Vec::new(), Vec::new());
        for (path, result) in results {
            match result {
                Ok(template) => templates.push(LoadedTemplate { path, template }),
                Err(why) => refused.push((path, why)),
            }
        }
        let mut first_block = Vec::new();
        let mut count = 0;
        for loaded in &templates {
            first_block.push(count);
            count += loaded.template.blocks.len();
        }
        let blocks = templates.iter().flat_map(|loaded| &loaded.template.blocks);
        let prefilter = Prefilter::new(blocks.map(wt_template::Block::operators));
        Self {
            digest: Manifest::of(each(files)).digest(),
            templates,
            refused,
            first_block,
            prefilter,
            summary,
        }
    }

    /// How much of the set runs, by protocol, and why the rest does not.
    pub fn summary(&self) -> &serde_json::Value {
        &self.summary
    }

    /// The manifest of a folder, to be signed.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn manifest_of(folder: &Path) -> Result<Manifest, SetFault> {
        let mut files = Files::new();
        read_folder(folder, folder, 0, &mut 0, &mut files).map_err(SetFault::Read)?;
        files.remove(MANIFEST_FILE);
        Ok(Manifest::of(each(&files)))
    }
}

fn each(files: &Files) -> impl Iterator<Item = (&str, &[u8])> {
    files
        .iter()
        .map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
}

fn is_template_path(path: &str) -> bool {
    let is_yaml = Path::new(path)
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("yaml") || end.eq_ignore_ascii_case("yml"));
    is_yaml && !path.split('/').any(|part| part.starts_with('.'))
}

/// A file a template reads: beside it, at the root of the set, or above an unverified folder that
/// is part of a larger tree. Never outside of that tree.
fn payload_file(
    files: &Files,
    root: &Path,
    folder: &str,
    wanted: &str,
    is_closed: bool,
) -> Option<Vec<u8>> {
    let wanted = wanted.trim_start_matches("./");
    if wanted.starts_with('/') || wanted.split('/').any(|part| part == "..") {
        return None;
    }
    let beside = format!("{folder}/{wanted}");
    if let Some(bytes) = files
        .get(wanted)
        .or_else(|| files.get(beside.trim_start_matches('/')))
    {
        return Some(bytes.clone());
    }
    if is_closed {
        return None;
    }
    let root = root.canonicalize().ok()?;
    root.ancestors()
        .take(DEPTH_MAX)
        .map(|above| above.join(wanted))
        .find(|path| path.is_file())
        .and_then(|path| std::fs::read(path).ok())
}

fn read_folder(
    root: &Path,
    folder: &Path,
    depth: usize,
    bytes: &mut u64,
    files: &mut Files,
) -> io::Result<()> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    entries.sort();
    for path in entries {
        let name = path
            .strip_prefix(root)
            .unwrap_or(&path)
            .to_string_lossy()
            .replace('\\', "/");
        let kind = std::fs::symlink_metadata(&path)?;
        // Links lead out of what was signed; `.git` and the like are no part of a set.
        if kind.is_symlink()
            || path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with('.'))
        {
            continue;
        }
        if kind.is_dir() && depth < DEPTH_MAX {
            read_folder(root, &path, depth + 1, bytes, files)?;
        } else if kind.is_file() {
            *bytes += kind.len();
            if *bytes > SET_BYTES_MAX || files.len() >= FILES_MAX {
                return Err(io::Error::other("the template set is too large"));
            }
            files.insert(name, std::fs::read(&path)?);
        }
    }
    Ok(())
}
