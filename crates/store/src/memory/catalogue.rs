//! A vendor's products, modules and templates, and where each number is.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use leasehold_model::number::{LicenseTemplateNumber, ProductModuleNumber, ProductNumber};
use leasehold_model::product::{Product, ProductModule};
use leasehold_model::snapshot::{ModuleTree, ProductTree};
use leasehold_model::template::LicenseTemplate;

use crate::error::StoreError;
use crate::ids::{ModuleId, ProductId, TemplateId};

/// The whole catalogue. Products come in creation order, since ids rise.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Catalogue {
    products: BTreeMap<ProductId, Arc<ProductTree>>,
    product_ids: HashMap<ProductNumber, ProductId>,
    modules: HashMap<ProductModuleNumber, ModulePlace>,
    templates: HashMap<LicenseTemplateNumber, TemplatePlace>,
}

/// Where a module is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ModulePlace {
    pub(crate) product: ProductId,
    pub(crate) id: ModuleId,
}

/// Where a template is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TemplatePlace {
    pub(crate) product: ProductId,
    pub(crate) module: ModuleId,
    pub(crate) id: TemplateId,
}

impl Catalogue {
    pub(crate) fn products(&self) -> impl Iterator<Item = &Arc<ProductTree>> {
        self.products.values()
    }

    pub(crate) fn tree(&self, id: ProductId) -> Option<&Arc<ProductTree>> {
        self.products.get(&id)
    }

    pub(crate) fn product_id(&self, number: &str) -> Option<ProductId> {
        self.product_ids.get(number).copied()
    }

    pub(crate) fn product(&self, number: &str) -> Option<&Arc<ProductTree>> {
        self.tree(self.product_id(number)?)
    }

    pub(crate) fn module_place(&self, number: &str) -> Option<ModulePlace> {
        self.modules.get(number).copied()
    }

    pub(crate) fn module(&self, number: &str) -> Option<(&Arc<ProductTree>, &ModuleTree)> {
        let tree = self.tree(self.module_place(number)?.product)?;
        let has = |module: &&ModuleTree| module.module.number.as_str() == number;
        Some((tree, tree.modules.iter().find(has)?))
    }

    pub(crate) fn template_place(&self, number: &str) -> Option<TemplatePlace> {
        self.templates.get(number).copied()
    }

    pub(crate) fn template(
        &self,
        number: &str,
    ) -> Option<(&Arc<ProductTree>, &ModuleTree, &LicenseTemplate)> {
        let tree = self.tree(self.template_place(number)?.product)?;
        tree.modules.iter().find_map(|module| {
            let has = |template: &&LicenseTemplate| template.number.as_str() == number;
            Some((tree, module, module.templates.iter().find(has)?))
        })
    }

    /// The templates of one module.
    pub(crate) fn templates_of(&self, module: ModuleId) -> impl Iterator<Item = TemplateId> {
        let places = self.templates.values();
        places
            .filter(move |place| place.module == module)
            .map(|place| place.id)
    }

    /// The templates of one product.
    pub(crate) fn templates_within(&self, product: ProductId) -> impl Iterator<Item = TemplateId> {
        let places = self.templates.values();
        places
            .filter(move |place| place.product == product)
            .map(|place| place.id)
    }

    pub(crate) fn create_product(
        &mut self,
        id: ProductId,
        product: Product,
    ) -> Result<(), StoreError> {
        if self.product_ids.contains_key(&product.number) {
            return Err(StoreError::NumberTaken((&product.number).into()));
        }
        self.product_ids.insert(product.number.clone(), id);
        let modules = Vec::new();
        self.products
            .insert(id, Arc::new(ProductTree { product, modules }));
        Ok(())
    }

    pub(crate) fn update_product(
        &mut self,
        former: &ProductNumber,
        product: Product,
    ) -> Result<ProductId, StoreError> {
        let id = renumber(&mut self.product_ids, "product", former, &product.number)?;
        if let Some(tree) = self.products.get_mut(&id) {
            Arc::make_mut(tree).product = product;
        }
        Ok(id)
    }

    pub(crate) fn remove_product(
        &mut self,
        number: &ProductNumber,
    ) -> Result<ProductId, StoreError> {
        let id = self
            .product_ids
            .remove(number)
            .ok_or_else(|| StoreError::absent("product", number))?;
        self.products.remove(&id);
        self.modules.retain(|_, place| place.product != id);
        self.templates.retain(|_, place| place.product != id);
        Ok(id)
    }

    pub(crate) fn create_module(
        &mut self,
        product: ProductId,
        id: ModuleId,
        module: ProductModule,
    ) -> Result<(), StoreError> {
        if self.modules.contains_key(&module.number) {
            return Err(StoreError::NumberTaken((&module.number).into()));
        }
        let tree = self.tree_mut(product)?;
        let number = module.number.clone();
        let templates = Vec::new();
        tree.modules.push(ModuleTree { module, templates });
        self.modules.insert(number, ModulePlace { product, id });
        Ok(())
    }

    pub(crate) fn update_module(
        &mut self,
        product: ProductId,
        former: &ProductModuleNumber,
        module: ProductModule,
    ) -> Result<ModuleId, StoreError> {
        let owner = self.modules.get(former).map(|place| place.product);
        if owner.is_some_and(|owner| owner != product) {
            return Err(StoreError::Inapplicable(format!(
                "the module '{former}' belongs to another product"
            )));
        }
        let place = renumber(&mut self.modules, "module", former, &module.number)?;
        if let Some(tree) = self.module_mut(place.product, former) {
            tree.module = module;
        }
        Ok(place.id)
    }

    pub(crate) fn remove_module(
        &mut self,
        number: &ProductModuleNumber,
    ) -> Result<ModuleId, StoreError> {
        let place = self
            .modules
            .remove(number)
            .ok_or_else(|| StoreError::absent("module", number))?;
        self.templates.retain(|_, of| of.module != place.id);
        let tree = self.tree_mut(place.product)?;
        tree.modules.retain(|tree| tree.module.number != *number);
        Ok(place.id)
    }

    pub(crate) fn create_template(
        &mut self,
        module: &ProductModuleNumber,
        id: TemplateId,
        template: LicenseTemplate,
    ) -> Result<ModuleId, StoreError> {
        let absent = || StoreError::absent("module", module);
        let place = self.modules.get(module).copied().ok_or_else(absent)?;
        if self.templates.contains_key(&template.number) {
            return Err(StoreError::NumberTaken((&template.number).into()));
        }
        let number = template.number.clone();
        let tree = self.module_mut(place.product, module).ok_or_else(absent)?;
        tree.templates.push(template);
        let template_place = TemplatePlace {
            product: place.product,
            module: place.id,
            id,
        };
        self.templates.insert(number, template_place);
        Ok(place.id)
    }

    pub(crate) fn update_template(
        &mut self,
        module: &ProductModuleNumber,
        former: &LicenseTemplateNumber,
        template: LicenseTemplate,
    ) -> Result<TemplatePlace, StoreError> {
        let owner = self.modules.get(module).map(|place| place.id);
        let place = self.templates.get(former).copied();
        if place.is_none_or(|place| owner != Some(place.module)) {
            return Err(StoreError::Inapplicable(format!(
                "there is no template '{former}' in a module '{module}'"
            )));
        }
        let place = renumber(&mut self.templates, "template", former, &template.number)?;
        let tree = self.module_mut(place.product, module);
        let kept = tree.and_then(|tree| {
            let mut templates = tree.templates.iter_mut();
            templates.find(|template| template.number == *former)
        });
        if let Some(kept) = kept {
            *kept = template;
        }
        Ok(place)
    }

    pub(crate) fn remove_template(
        &mut self,
        number: &LicenseTemplateNumber,
    ) -> Result<TemplateId, StoreError> {
        let place = self
            .templates
            .remove(number)
            .ok_or_else(|| StoreError::absent("template", number))?;
        for module in &mut self.tree_mut(place.product)?.modules {
            module
                .templates
                .retain(|template| template.number != *number);
        }
        Ok(place.id)
    }

    /// The number of a module, from its row.
    pub(crate) fn module_number(&self, id: ModuleId) -> Option<&ProductModuleNumber> {
        let mut modules = self.modules.iter();
        modules.find_map(|(number, place)| (place.id == id).then_some(number))
    }

    fn tree_mut(&mut self, id: ProductId) -> Result<&mut ProductTree, StoreError> {
        let tree = self.products.get_mut(&id);
        tree.map(Arc::make_mut)
            .ok_or_else(|| StoreError::Damaged(format!("there is no product row {}", id.0)))
    }

    fn module_mut(
        &mut self,
        product: ProductId,
        number: &ProductModuleNumber,
    ) -> Option<&mut ModuleTree> {
        let tree = Arc::make_mut(self.products.get_mut(&product)?);
        let mut modules = tree.modules.iter_mut();
        modules.find(|tree| tree.module.number == *number)
    }
}

/// Moves an index entry from `former` to `number`, which must be free, and returns it.
fn renumber<N, P>(
    index: &mut HashMap<N, P>,
    what: &str,
    former: &N,
    number: &N,
) -> Result<P, StoreError>
where
    N: Clone + Eq + std::hash::Hash + std::fmt::Display,
    P: Copy,
{
    let place = *index
        .get(former)
        .ok_or_else(|| StoreError::absent(what, former))?;
    if former != number {
        if index.contains_key(number) {
            return Err(StoreError::NumberTaken(number.to_string()));
        }
        index.remove(former);
        index.insert(number.clone(), place);
    }
    Ok(place)
}
