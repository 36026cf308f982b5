//! Which store: a local directory for development, S3 for the rest.

use std::{path::PathBuf, sync::Arc};

use object_store::{
    aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey},
    local::LocalFileSystem,
    prefix::PrefixStore,
    signer::Signer,
};
use url::Url;

use crate::{ArtifactFault, Artifacts};

/// Settings of the object store. S3 credentials and endpoint come from the `AWS_*` variables.
#[derive(Debug, Clone, clap::Args)]
pub struct ArtifactsArgs {
    /// Where artifacts lie: `file:///directory` or `s3://bucket/prefix`
    #[arg(long, env = "ARTIFACTS_URL", value_name = "URL")]
    pub artifacts_url: Url,
    /// Where browsers reach the S3 endpoint, if `AWS_ENDPOINT` is known inside only; without it
    /// such a store's files pass through the gateway
    #[arg(long, env = "ARTIFACTS_PUBLIC_ENDPOINT", value_name = "URL")]
    pub artifacts_public_endpoint: Option<Url>,
}

/// Opens the store an address names. Makes a local directory that is not there yet.
///
/// # Errors
/// [`ArtifactFault::Address`] for another scheme, a missing bucket or a directory that can't be
/// made.
pub fn open(args: &ArtifactsArgs) -> Result<Artifacts, ArtifactFault> {
    let url = &args.artifacts_url;
    match url.scheme() {
        "file" => Ok(Artifacts {
            store: Arc::new(local(url)?),
            signer: None,
        }),
        "s3" => s3(
            AmazonS3Builder::from_env(),
            url,
            args.artifacts_public_endpoint.as_ref(),
        ),
        scheme => Err(address(format!("scheme {scheme:?} is neither file nor s3"))),
    }
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

/// A bucket. What signs addresses for people knows the endpoint as they do: `public`, or that of AWS.
pub(crate) fn s3(
    builder: AmazonS3Builder,
    url: &Url,
    public: Option<&Url>,
) -> Result<Artifacts, ArtifactFault> {
    let bucket = url
        .host_str()
        .ok_or_else(|| address("no bucket is named".to_owned()))?;
    let builder = builder.with_bucket_name(bucket);
    let inside = builder
        .get_config_value(&AmazonS3ConfigKey::Endpoint)
        .is_some();
    let outside = match public {
        Some(public) => {
            let endpoint = public.as_str().trim_end_matches('/');
            Some(builder.clone().with_endpoint(endpoint))
        }
        None if inside => None,
        None => Some(builder.clone()),
    };
    let prefix = url.path().trim_matches('/');
    let below = |builder: AmazonS3Builder| -> Result<PrefixStore<AmazonS3>, ArtifactFault> {
        let store = builder.build().map_err(|error| ArtifactFault::Address {
            source: Box::new(error),
        })?;
        Ok(PrefixStore::new(store, prefix))
    };
    let signer: Option<Arc<dyn Signer>> = match outside {
        Some(builder) => Some(Arc::new(below(builder)?)),
        None => None,
    };
    Ok(Artifacts {
        store: Arc::new(below(builder)?),
        signer,
    })
}

fn address(reason: String) -> ArtifactFault {
    ArtifactFault::Address {
        source: reason.into(),
    }
}
