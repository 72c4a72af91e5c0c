//! A pricing table as HTML (wire contract, 7.14), for a vendor's page to embed and style.

use leasehold_model::pricing::{Plan, offered};
use leasehold_model::product::LicensingModel;
use leasehold_model::validate::SkuValue;
use leasehold_service::rest::problem::{Entity, Problem};
use leasehold_store::VendorView;
use leasehold_wire::form::Form;

use super::input;

/// Renders the plans of the module that `productModuleNumber` names: a fragment without script or
/// style, its classes beginning with `nlic-`.
pub(crate) fn render(view: &VendorView<'_>, form: &Form) -> Result<String, Problem> {
    let number = input::required(
        form,
        "productModuleNumber",
        "Product module number is not provided",
    )?;
    let (_, tree) = view
        .module(number)
        .ok_or(Problem::UnknownReference(Entity::ProductModule))?;
    if tree.module.licensing_model != LicensingModel::PricingTable {
        return Err(Problem::Illegal(format!(
            "The product module '{number}' has not the licensing model 'PricingTable'"
        )));
    }
    let plans = offered(tree).ok_or_else(|| {
        Problem::Illegal(format!(
            "The 'skudef' of the product module '{number}' cannot be read"
        ))
    })?;
    let mut html = String::from("<table class=\"nlic-pricing-table\">");
    put(
        &mut html,
        "<caption class=\"nlic-caption\">",
        &tree.module.name,
        "</caption>",
    );
    head(&mut html, &plans);
    rows(&mut html, &plans);
    html.push_str("</table>\n");
    Ok(html)
}

fn head(html: &mut String, plans: &[Plan<'_>]) {
    html.push_str("<thead class=\"nlic-plans\"><tr><td></td>");
    for plan in plans {
        let template = plan.template;
        let number = escaped(template.number.as_str());
        html.push_str(&format!(
            "<th scope=\"col\" class=\"nlic-plan\" data-plan=\"{number}\">"
        ));
        put(
            html,
            "<span class=\"nlic-plan-name\">",
            &template.name,
            "</span>",
        );
        let price = match template.price {
            Some(price) => format!("{} {}", price.amount(), price.currency.as_str()),
            None => "0.00".to_owned(),
        };
        put(html, "<span class=\"nlic-plan-price\">", &price, "</span>");
        if let Some(text) = template.properties.get("description") {
            put(
                html,
                "<span class=\"nlic-plan-description\">",
                text,
                "</span>",
            );
        }
        html.push_str("</th>");
    }
    html.push_str("</tr></thead>");
}

fn rows(html: &mut String, plans: &[Plan<'_>]) {
    html.push_str("<tbody class=\"nlic-skus\">");
    let skus = plans.first().map_or(&[][..], |plan| &plan.skus);
    for (at, sku) in skus.iter().enumerate() {
        let number = escaped(&sku.number);
        html.push_str(&format!("<tr class=\"nlic-sku\" data-sku=\"{number}\">"));
        put(
            html,
            "<th scope=\"row\" class=\"nlic-sku-name\">",
            &sku.name,
            "</th>",
        );
        for sku in plans.iter().filter_map(|plan| plan.skus.get(at)) {
            let class = if sku.valid { "nlic-on" } else { "nlic-off" };
            let value = match (sku.value, sku.valid) {
                (SkuValue::Feature, true) => "\u{2713}".to_owned(),
                (SkuValue::Feature, false) => "\u{2013}".to_owned(),
                (SkuValue::Quota(-1), _) => "\u{221e}".to_owned(),
                (SkuValue::Quota(quota), _) => quota.to_string(),
            };
            html.push_str(&format!(
                "<td class=\"nlic-sku-value {class}\">{value}</td>"
            ));
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody>");
}

fn put(html: &mut String, opening: &str, text: &str, closing: &str) {
    html.push_str(opening);
    html.push_str(&escaped(text));
    html.push_str(closing);
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
