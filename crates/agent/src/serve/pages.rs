//! `/agent/status`, and what `/metrics` tells.

use std::fs::Metadata;
use std::path::PathBuf;

use leasehold_service::rest::forwarded::Seen;
use leasehold_service::rest::page::{Page, PageText};
use leasehold_service::rest::problem::Problem;
use leasehold_service::rest::serve::Application;

use super::Agent;
use crate::error::AgentError;
use crate::metrics::Exposition;
use crate::status::{Serving, Status, instant};

pub(super) fn pages() -> [Page<Agent>; 1] {
    [Page {
        path: "/agent/status",
        kind: "application/json;charset=UTF-8",
        text: status,
    }]
}

fn status<'a>(agent: &'a Agent, seen: &'a Seen) -> PageText<'a> {
    Box::pin(async move {
        let status = agent.status(seen.scheme, seen.host.as_deref()).await;
        let json = status.and_then(|status| status.json());
        json.map_err(|error| Problem::Internal(Box::new(error)))
    })
}

impl Agent {
    /// Tells of itself, with the address by which a proxy says that it was reached.
    pub(crate) async fn status(
        &self,
        scheme: Option<&str>,
        host: Option<&str>,
    ) -> Result<Status, AgentError> {
        let no_assets = || AgentError::NoAssets(self.store.directory().to_owned());
        let status = Status::look(&self.store).await?.ok_or_else(no_assets)?;
        let endpoint = self.endpoint.get();
        let origin = match (host, endpoint) {
            (Some(host), Some(endpoint)) => {
                format!("{}://{host}", scheme.unwrap_or(endpoint.scheme()))
            }
            (None, Some(endpoint)) => endpoint.origin(),
            (_, None) => String::new(),
        };
        Ok(Status {
            serving: Some(Serving {
                url: format!("{origin}{}/rest", self.edge.base_path),
                since: instant(self.since),
                is_ready: self.is_ready(),
                certificate_expires: self.certificate_expires().await.map(instant),
            }),
            ..status
        })
    }

    /// What `/metrics` tells.
    pub(crate) async fn exposition(&self) -> Result<String, AgentError> {
        let mut text = Exposition::default();
        self.counters.write(&mut text);
        let name = "leasehold_agent_build_info";
        text.family(name, "gauge", "The program's version.");
        text.sample(name, &[("version", env!("CARGO_PKG_VERSION"))], 1);
        text.single(
            "leasehold_agent_start_time_seconds",
            "gauge",
            "Since when it answers.",
            self.since.as_second(),
        );
        text.single(
            "leasehold_agent_ready",
            "gauge",
            "1 while validations can be answered.",
            u8::from(self.is_ready()),
        );
        text.single(
            "leasehold_agent_store_bytes",
            "gauge",
            "Size of the files of the database.",
            size_of(self.store.directory().to_owned()).await,
        );
        if let Some(expires) = self.certificate_expires().await {
            text.single(
                "leasehold_agent_certificate_expires_timestamp_seconds",
                "gauge",
                "When the TLS certificate expires.",
                expires.as_second(),
            );
        }
        let status = Status::look(&self.store).await?;
        let Some(Status {
            products,
            licensees,
            ..
        }) = status
        else {
            return Ok(text.into_text());
        };
        let name = "leasehold_agent_package_generation";
        text.family(
            name,
            "gauge",
            "Generation of the newest package of a product.",
        );
        for product in &products {
            let labels = [("product", product.number.as_str())];
            text.sample(name, &labels, product.generation);
        }
        text.single(
            "leasehold_agent_licensees",
            "gauge",
            "Licensees whose assets are here.",
            licensees,
        );
        let imports = self
            .store
            .read(&self.vendor, |view| {
                let newest = view.imports().map(|import| import.imported_at).max();
                (view.imports().count(), newest)
            })
            .await?;
        text.single(
            "leasehold_agent_imports_total",
            "counter",
            "Packages taken in.",
            imports.0,
        );
        if let Some(newest) = imports.1 {
            text.single(
                "leasehold_agent_last_import_timestamp_seconds",
                "gauge",
                "When the newest package was taken in.",
                newest.as_second(),
            );
        }
        Ok(text.into_text())
    }
}

/// Bytes of the files right in a directory. A file that is gone by now has none.
async fn size_of(directory: PathBuf) -> u64 {
    let look = move || {
        let files = std::fs::read_dir(directory).into_iter().flatten();
        let sizes = files.filter_map(|file| file.ok()?.metadata().ok());
        let sizes = sizes.filter(Metadata::is_file).map(|file| file.len());
        sizes.sum()
    };
    tokio::task::spawn_blocking(look).await.unwrap_or_default()
}
