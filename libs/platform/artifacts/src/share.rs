//! Addresses of the store itself, for whoever holds them and for a while (S3 presigned URLs).

use std::time::Duration;

use object_store::signer::{Method, SignedUrlOptions};
use url::Url;

use crate::{ArtifactFault, ArtifactKey, Artifacts};

/// How a shared object is saved.
#[derive(Debug, Clone, Copy)]
pub struct SavedAs<'a> {
    /// Name of the file: ASCII letters, digits, `_`, `-` and `.`, because it goes into a header.
    pub name: &'a str,
    /// Media type.
    pub media: &'a str,
}

impl Artifacts {
    /// An address at which anybody may fetch this object, and nothing else, until `ttl` is over. The
    /// object is saved, not shown: what targets sent never runs on the store's origin. `None` where
    /// the store has no address that people reach: a local directory, or an S3 endpoint that is known
    /// inside only.
    ///
    /// # Errors
    /// [`ArtifactFault::Store`] when the store's credentials can't be had.
    pub async fn share(
        &self,
        key: &ArtifactKey,
        ttl: Duration,
        saved: SavedAs<'_>,
    ) -> Result<Option<Url>, ArtifactFault> {
        let Some(signer) = &self.signer else {
            return Ok(None);
        };
        // Under the signature, like the path: whoever holds the address can't have it shown instead.
        let options = SignedUrlOptions::new().with_query([
            (
                "response-content-disposition",
                format!("attachment; filename=\"{}\"", saved.name),
            ),
            ("response-content-type", saved.media.to_owned()),
            ("response-cache-control", "no-store".to_owned()),
        ]);
        let path = key.path();
        let url = signer
            .signed_url_opts(Method::GET, &path, ttl, &options)
            .await?;
        Ok(Some(url))
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Duration};

    use aws_lc_rs::hmac;
    use object_store::aws::AmazonS3Builder;
    use sha2::{Digest, Sha256};
    use url::Url;

    use super::SavedAs;
    use crate::{ArtifactKey, Artifacts, config};

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    const SAVED: SavedAs<'_> = SavedAs {
        name: "rep_1.pdf",
        media: "application/pdf",
    };

    fn store(public: Option<&str>, inside: Option<&str>) -> Artifacts {
        let builder = AmazonS3Builder::new()
            .with_access_key_id("AKIDEXAMPLE")
            .with_secret_access_key(SECRET)
            .with_region("eu-central-1");
        let builder = match inside {
            Some(endpoint) => builder.with_endpoint(endpoint).with_allow_http(true),
            None => builder,
        };
        let public = public.map(|url| Url::parse(url).unwrap());
        config::s3(
            builder,
            &"s3://artifacts/prod".parse().unwrap(),
            public.as_ref(),
        )
        .unwrap()
    }

    fn key(org: &str) -> ArtifactKey {
        let run = "run_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        ArtifactKey::of(org.parse().unwrap(), run, b"x")
    }

    const ORG: &str = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV";

    async fn shared(store: &Artifacts) -> Option<Url> {
        let ttl = Duration::from_mins(5);
        store.share(&key(ORG), ttl, SAVED).await.unwrap()
    }

    /// What an S3 server does with a presigned address (AWS Signature Version 4, query form).
    fn accepts(url: &Url) -> bool {
        let mut query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        let signature = query.remove("X-Amz-Signature").unwrap_or_default();
        let at = query.get("X-Amz-Date").cloned().unwrap_or_default();
        let scope: String = query
            .get("X-Amz-Credential")
            .and_then(|it| it.split_once('/'))
            .map_or_else(String::new, |(_, scope)| scope.to_owned());
        let encoded = |text: &str| -> String {
            text.bytes()
                .map(|byte| match byte {
                    b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                        char::from(byte).to_string()
                    }
                    _ => format!("%{byte:02X}"),
                })
                .collect()
        };
        let canonical: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let host = match url.port() {
            Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
            None => url.host_str().unwrap_or_default().to_owned(),
        };
        let request = format!(
            "GET\n{}\n{}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD",
            url.path(),
            canonical.join("&"),
        );
        let digest = hex::encode(Sha256::digest(request));
        let said = format!("AWS4-HMAC-SHA256\n{at}\n{scope}\n{digest}");
        let mut secret = format!("AWS4{SECRET}").into_bytes();
        for part in scope.split('/') {
            secret = mac(&secret, part);
        }
        hex::encode(mac(&secret, &said)) == signature
    }

    fn mac(secret: &[u8], text: &str) -> Vec<u8> {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret);
        hmac::sign(&secret, text.as_bytes()).as_ref().to_vec()
    }

    #[tokio::test]
    async fn a_shared_address_is_of_one_object_for_minutes_and_holds_nothing_else() {
        let url = shared(&store(None, None)).await.unwrap();
        let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!(url.scheme(), "https");
        assert!(url.path().ends_with(&format!("prod/{}", key(ORG))), "{url}");
        assert_eq!(query["X-Amz-Expires"], "300");
        assert_eq!(
            query["response-content-disposition"],
            "attachment; filename=\"rep_1.pdf\""
        );
        assert_eq!(query["response-content-type"], "application/pdf");
        assert!(!url.as_str().contains(SECRET) && accepts(&url), "{url}");
    }

    #[tokio::test]
    async fn a_shared_address_is_refused_when_a_byte_of_it_changed() {
        let url = shared(&store(None, None)).await.unwrap();
        let other = url
            .as_str()
            .replace(ORG, "org_01ARZ3NDEKTSV4RRFFQ69G5FAW")
            .parse()
            .unwrap();
        assert!(!accepts(&other), "another organization's object");
        for at in 0..url.as_str().len() {
            let mut bytes = url.as_str().as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'3' { b'4' } else { b'3' };
            let Ok(changed) = Url::parse(std::str::from_utf8(&bytes).unwrap()) else {
                continue;
            };
            let scheme = changed.scheme() != url.scheme();
            assert!(scheme || !accepts(&changed), "byte {at}: {changed}");
        }
    }

    #[tokio::test]
    async fn an_endpoint_that_is_known_inside_only_is_never_given_out() {
        let inside = Some("http://minio.internal:9000");
        assert!(shared(&store(None, inside)).await.is_none());
        let url = shared(&store(Some("https://files.example"), inside)).await;
        let url = url.unwrap();
        assert!(url.as_str().starts_with("https://files.example/"), "{url}");
        assert!(accepts(&url), "{url}");
    }

    #[tokio::test]
    async fn a_directory_has_no_address_to_share() {
        let folder = tempfile::tempdir().unwrap();
        let artifacts_url = Url::from_directory_path(folder.path()).unwrap();
        let store = crate::open(&crate::ArtifactsArgs {
            artifacts_url,
            artifacts_public_endpoint: None,
        });
        assert!(shared(&store.unwrap()).await.is_none());
    }
}
