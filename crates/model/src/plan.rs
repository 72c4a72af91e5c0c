//! What an installation lets one of its vendors do: how much of it, and with which features.

use alloc::collections::BTreeSet;
use alloc::string::String;

use crate::product::LicensingModel;
use crate::property::Properties;

/// A vendor's plan. The default allows everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// At most so many products.
    pub products: Option<u32>,
    /// At most so many licensees.
    pub licensees: Option<u32>,
    /// How many days an agent may answer from one of the vendor's packages (AG-19); `None`: as many as
    /// it likes.
    pub offline_days: Option<u32>,
    /// What the vendor may not use.
    pub denied: BTreeSet<Feature>,
}

/// Something a plan can leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// Product modules of this licensing model.
    Model(LicensingModel),
    /// Bundles.
    Bundle,
    /// Notifications.
    Notification,
    /// API keys that sign replies.
    SignedReplies,
    /// Export to an agent.
    Export,
}

/// The features that are no licensing model.
const PLAIN: [Feature; 4] = [
    Feature::Bundle,
    Feature::Notification,
    Feature::SignedReplies,
    Feature::Export,
];

impl Feature {
    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = PLAIN.into_iter().find(|feature| feature.as_str() == text);
        plain.or_else(|| LicensingModel::parse(text).map(Self::Model))
    }

    /// As plans and refusals name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Model(model) => model.as_str(),
            Self::Bundle => "Bundle",
            Self::Notification => "Notification",
            Self::SignedReplies => "SignedReplies",
            Self::Export => "Export",
        }
    }
}

/// A wish that the plan does not cover, told as the original tells it (wire contract, section 10).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Payment required. Feature \"{0}\" is not allowed. Please upgrade your plan.")]
pub struct NotInPlan(pub String);

impl Plan {
    /// Fails when the plan leaves `feature` out.
    pub fn allow(&self, feature: Feature) -> Result<(), NotInPlan> {
        if self.denied.contains(&feature) {
            return Err(NotInPlan(feature.as_str().into()));
        }
        Ok(())
    }

    /// Fails when there are as many products as there may be.
    pub fn allow_product(&self, count: usize) -> Result<(), NotInPlan> {
        below(self.products, count, "products")
    }

    /// Fails when there are as many licensees as there may be.
    pub fn allow_licensee(&self, count: usize) -> Result<(), NotInPlan> {
        below(self.licensees, count, "licensees")
    }

    /// The plan as named texts, for the store and for people.
    pub fn to_properties(&self) -> Properties {
        let mut properties = Properties::new();
        for (name, limit) in [
            ("products", self.products),
            ("licensees", self.licensees),
            ("maxOfflineDays", self.offline_days),
        ] {
            if let Some(limit) = limit {
                properties.set(name, &alloc::format!("{limit}"));
            }
        }
        let mut denied = String::new();
        for feature in &self.denied {
            if !denied.is_empty() {
                denied.push(',');
            }
            denied.push_str(feature.as_str());
        }
        properties.set("denied", &denied);
        properties
    }

    /// Reads what [`Plan::to_properties`] made; `None` when it is none.
    pub fn from_properties(properties: &Properties) -> Option<Self> {
        let limit = |name| match properties.get(name) {
            None => Some(None),
            Some(text) => text.parse().ok().map(Some),
        };
        let denied = properties.get("denied").unwrap_or_default().split(',');
        Some(Self {
            products: limit("products")?,
            licensees: limit("licensees")?,
            offline_days: limit("maxOfflineDays")?,
            denied: denied
                .filter(|name| !name.is_empty())
                .map(Feature::parse)
                .collect::<Option<_>>()?,
        })
    }
}

fn below(limit: Option<u32>, count: usize, what: &str) -> Result<(), NotInPlan> {
    match limit {
        Some(limit) if u32::try_from(count).map_or(true, |count| count >= limit) => {
            Err(NotInPlan(alloc::format!("more than {limit} {what}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_back_and_holds() {
        let plan = Plan {
            products: Some(2),
            licensees: None,
            offline_days: Some(90),
            denied: [Feature::Model(LicensingModel::Floating), Feature::Bundle].into(),
        };
        assert_eq!(
            Plan::from_properties(&plan.to_properties()),
            Some(plan.clone())
        );
        assert!(plan.allow(Feature::Export).is_ok());
        assert!(plan.allow(Feature::Bundle).is_err());
        assert!(plan.allow_product(1).is_ok());
        assert!(plan.allow_product(2).is_err());
        assert!(plan.allow_licensee(usize::MAX).is_ok());
        assert_eq!(
            Plan::from_properties(&Properties::new()),
            Some(Plan::default())
        );
    }
}
