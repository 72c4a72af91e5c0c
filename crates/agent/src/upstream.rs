//! The server, as the agent sees it.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_seal::secret::Secret;
use leasehold_wire::context::{Context, Item};
use leasehold_wire::info::InfoKind;
use reqwest::{Client, Response, StatusCode, header, redirect};

use crate::cli::CoreHost;
use crate::error::{AgentError, one_line};
use crate::progress::Progress;

/// One vendor's sign-in at one server.
pub(crate) struct Upstream {
    host: CoreHost,
    username: String,
    password: Secret,
    client: Client,
}

/// What to export, as the server is asked (5.4).
pub(crate) struct ExportRequest<'a> {
    /// Numbers, joined as AG-59 says.
    pub(crate) licensees: &'a str,
    /// `None`: not encrypted.
    pub(crate) passphrase: Option<&'a Secret>,
    pub(crate) own_signing_keys: bool,
    pub(crate) shared: bool,
    pub(crate) force: bool,
}

/// A package that the server offers.
pub(crate) struct Offered {
    pub(crate) package: String,
    pub(crate) product: String,
    pub(crate) generation: u64,
    pub(crate) recipient: String,
    pub(crate) sha256: String,
    pub(crate) content: Vec<u8>,
}

impl Upstream {
    pub(crate) fn new(
        host: CoreHost,
        username: String,
        password: Secret,
    ) -> Result<Self, AgentError> {
        let mut client = Client::builder()
            // The API has no redirects; following one would carry the password elsewhere.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("leasehold-agent/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(300));
        if host.is_loopback() {
            // No proxy knows this machine better than itself.
            client = client.no_proxy();
        }
        if host.is_plain() {
            // Nobody vouches for it, so that a machine without any authorities will do.
            client = client.tls_certs_only([]);
        }
        let client = client
            .build()
            .map_err(|error| AgentError::internal("prepare connections", error))?;
        Ok(Self {
            host,
            username,
            password,
            client,
        })
    }

    /// Asks for packages, one per product of the licensees.
    pub(crate) async fn export(
        &self,
        request: &ExportRequest<'_>,
        progress: &Progress,
    ) -> Result<Vec<Offered>, AgentError> {
        let mut form = vec![("licensees", request.licensees), ("withoutCard", "true")];
        match request.passphrase {
            Some(passphrase) => form.push(("passphrase", passphrase.expose())),
            None => form.push(("plaintext", "true")),
        }
        if request.own_signing_keys {
            form.push(("withApikeySigningKey", "true"));
        }
        if request.shared {
            form.push(("shared", "true"));
        }
        if request.force {
            form.push(("force", "true"));
        }
        progress.step(format!("Waiting for packages from {}", self.host));
        let response = self
            .client
            .post(self.host.join("/core/v2/rest/agent/export"))
            .basic_auth(&self.username, Some(self.password.expose()))
            .header(header::ACCEPT, "application/json")
            .form(&form)
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        if let Some(length) = response.content_length() {
            progress.count(format!("Receiving {length} bytes"), length);
        }
        let body = self.body(response, progress).await?;
        let context = leasehold_wire::json::read(&body);
        if status != StatusCode::OK {
            return Err(self.refused(status, context.ok().as_ref()));
        }
        let context = context.map_err(|error| self.strange(&error.to_string()))?;
        let items = context.items.map(|items| items.items).unwrap_or_default();
        let offered = items
            .iter()
            .filter(|item| item.kind == "AgentExport")
            .map(offered)
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| self.strange("a package in its answer is incomplete"))?;
        if offered.is_empty() {
            return Err(self.strange("its answer holds no package"));
        }
        Ok(offered)
    }

    async fn body(
        &self,
        mut response: Response,
        progress: &Progress,
    ) -> Result<Vec<u8>, AgentError> {
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.unreachable(&error))?
        {
            if body.len() + chunk.len() > BODY_LIMIT {
                return Err(self.strange("its answer is larger than 64 MiB"));
            }
            body.extend_from_slice(&chunk);
            progress.reach(body.len() as u64);
        }
        Ok(body)
    }

    fn refused(&self, status: StatusCode, context: Option<&Context>) -> AgentError {
        let text = context.and_then(said);
        let host = self.host.to_string();
        match status {
            StatusCode::BAD_REQUEST => AgentError::Refused {
                host,
                text: text.unwrap_or_else(|| status.to_string()),
            },
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => AgentError::Denied(host),
            StatusCode::PAYMENT_REQUIRED => AgentError::PaymentRequired,
            StatusCode::NOT_FOUND => match text {
                Some(text) => AgentError::NotFound(not_found(&text)),
                // No envelope: the address leads to something else.
                None => self.strange("there is no license server at this address"),
            },
            StatusCode::CONFLICT => {
                let text = text.unwrap_or_else(|| "The licensees are exported already".to_owned());
                AgentError::Conflict(format!("{} Use --force to rebind.", sentence(&text)))
            }
            _ => self.strange(&match text {
                Some(text) => format!("{status}: {text}"),
                None => status.to_string(),
            }),
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> AgentError {
        // The innermost cause says it best; the outer ones repeat the address.
        let mut cause: &dyn std::error::Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        let reason = if error.is_timeout() {
            "it did not answer in time".to_owned()
        } else {
            one_line(&cause.to_string())
        };
        AgentError::Upstream {
            host: self.host.to_string(),
            reason,
        }
    }

    fn strange(&self, reason: &str) -> AgentError {
        AgentError::Upstream {
            host: self.host.to_string(),
            reason: one_line(reason),
        }
    }
}

/// Asks whether anybody answers at the server's address; whatever the answer, it is one.
pub(crate) async fn reach(host: &CoreHost) -> Result<StatusCode, AgentError> {
    let nobody = Upstream::new(host.clone(), String::new(), Secret::new(String::new()))?;
    let url = host.join("/core/v2/rest/utility/licensingModels");
    let request = nobody.client.get(url).timeout(Duration::from_secs(10));
    let response = request.send().await;
    response
        .map(|response| response.status())
        .map_err(|error| nobody.unreachable(&error))
}

/// The first error that an answer tells.
fn said(context: &Context) -> Option<String> {
    let info = context
        .infos
        .iter()
        .find(|info| info.kind == InfoKind::Error)?;
    Some(one_line(&info.text))
}

/// What the server does not know, in the agent's own words (section 15) where its text names it.
fn not_found(text: &str) -> String {
    match text.strip_prefix("Requested licensee does not exist: ") {
        Some(numbers) => format!("Licensee {numbers} not found."),
        None => sentence(text),
    }
}

fn sentence(text: &str) -> String {
    format!("{}.", text.trim_end_matches('.'))
}

fn offered(item: &Item) -> Option<Offered> {
    Some(Offered {
        package: item.get("packageId")?.to_owned(),
        product: item.get("productNumber")?.to_owned(),
        generation: item.get("generation")?.parse().ok()?,
        recipient: item.get("recipient")?.to_owned(),
        sha256: item.get("sha256")?.to_owned(),
        content: STANDARD.decode(item.get("content")?).ok()?,
    })
}

/// As much as the reader of answers takes.
const BODY_LIMIT: usize = 64 * 1024 * 1024;
