//! Everything one decision looks at.

use alloc::vec::Vec;

use crate::event::EventSet;
use crate::license::License;
use crate::licensee::Licensee;
use crate::number::{LicenseTemplateNumber, LicenseeNumber, ProductModuleNumber};
use crate::product::{Product, ProductModule};
use crate::template::LicenseTemplate;
use crate::vendor::TtlMinutes;

/// A product with all its modules, in creation order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductTree {
    /// The product.
    pub product: Product,
    /// Its modules, oldest first.
    pub modules: Vec<ModuleTree>,
}

/// A module with all its templates, in creation order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleTree {
    /// The module.
    pub module: ProductModule,
    /// Its templates, oldest first.
    pub templates: Vec<LicenseTemplate>,
}

impl ProductTree {
    /// The module with this number.
    pub fn module(&self, number: &ProductModuleNumber) -> Option<&ModuleTree> {
        self.modules
            .iter()
            .find(|tree| tree.module.number == *number)
    }

    /// The template with this number, and the module it belongs to.
    pub fn template(
        &self,
        number: &LicenseTemplateNumber,
    ) -> Option<(&ModuleTree, &LicenseTemplate)> {
        self.modules
            .iter()
            .find_map(|tree| tree.template(number).map(|template| (tree, template)))
    }
}

impl ModuleTree {
    /// The template with this number.
    pub fn template(&self, number: &LicenseTemplateNumber) -> Option<&LicenseTemplate> {
        self.templates
            .iter()
            .find(|template| template.number == *number)
    }
}

/// A licensee with all its licenses: what changes together and is decided together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenseeAggregate {
    /// The licensee.
    pub licensee: Licensee,
    /// Its licenses, sorted by number (bytes).
    pub licenses: Vec<License>,
}

/// What a validation looks at.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    /// The vendor's setting (G-9).
    pub ttl: TtlMinutes,
    /// What somebody wants to be told of, so that nothing is written up for nobody.
    pub awaited_events: EventSet,
    /// Whom the request is about.
    pub subject: Subject<'a>,
}

/// Who decides about what a licensee has only so much of: seats, nodes and credits. Two that did so
/// at once would give them away twice (decision D16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StatefulRights {
    /// Whoever is asked.
    #[default]
    Held,
    /// Somebody else: at the server an agent, until it or the vendor gives them back; at an agent the
    /// server, once the agent has given them back.
    Delegated,
}

/// Whom a request is about.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A licensee that exists, found by number or alias.
    Known {
        /// Its product.
        product: &'a ProductTree,
        /// The licensee and its licenses.
        licensee: &'a LicenseeAggregate,
        /// Who gives its seats, nodes and credits away.
        stateful: StatefulRights,
    },
    /// Nobody of this number or alias.
    Unknown {
        /// The number asked for.
        number: &'a LicenseeNumber,
        /// The product that the request names, when there is one of that number.
        product: Option<&'a ProductTree>,
    },
}
