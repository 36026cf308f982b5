//! Which store: a local directory for development, S3 for the rest.

use std::{path::PathBuf, sync::Arc};

use object_store::{
    ObjectStore, aws::AmazonS3Builder, local::LocalFileSystem, prefix::PrefixStore,
};
use url::Url;

use crate::{ArtifactFault, Artifacts};

/// Settings of the object store. S3 credentials and endpoint come from the `AWS_*` variables.
#[derive(Debug, Clone, clap::Args)]
pub struct ArtifactsArgs {
    /// Where artifacts lie: `file:///directory` or `s3://bucket/prefix`
    #[arg(long, env = "ARTIFACTS_URL", value_name = "URL")]
    pub artifacts_url: Url,
}

/// Opens the store an address names. Makes a local directory that is not there yet.
///
/// # Errors
/// [`ArtifactFault::Address`] for another scheme, a missing bucket or a directory that can't be
/// made.
pub fn open(args: &ArtifactsArgs) -> Result<Artifacts, ArtifactFault> {
    let url = &args.artifacts_url;
    let store: Arc<dyn ObjectStore> = match url.scheme() {
        "file" => Arc::new(local(url)?),
        "s3" => s3(url)?,
        scheme => return Err(address(format!("scheme {scheme:?} is neither file nor s3"))),
    };
    Ok(Artifacts { store })
}

fn local(url: &Url) -> Result<LocalFileSystem, ArtifactFault> {
    let folder: PathBuf = url
        .to_file_path()
        .map_err(|()| address("the path is not absolute".to_owned()))?;
    std::fs::create_dir_all(&folder).map_err(|error| ArtifactFault::Address {
        source: Box::new(error),
    })?;
    LocalFileSystem::new_with_prefix(folder)
        .map(|store| store.with_fsync(true))
        .map_err(|error| ArtifactFault::Address {
            source: Box::new(error),
        })
}

fn s3(url: &Url) -> Result<Arc<dyn ObjectStore>, ArtifactFault> {
    let bucket = url
        .host_str()
        .ok_or_else(|| address("no bucket is named".to_owned()))?;
    let store = AmazonS3Builder::from_env()
        .with_bucket_name(bucket)
        .build()
        .map_err(|error| ArtifactFault::Address {
            source: Box::new(error),
        })?;
    let prefix = url.path().trim_matches('/');
    Ok(if prefix.is_empty() {
        Arc::new(store)
    } else {
        Arc::new(PrefixStore::new(store, prefix))
    })
}

fn address(reason: String) -> ArtifactFault {
    ArtifactFault::Address {
        source: reason.into(),
    }
}
