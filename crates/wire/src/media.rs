//! Which of the two forms a caller wants (wire contract, section 1.1).

use crate::envelope::Envelope;

/// The form of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Media {
    /// `application/xml`: the default, since the Java client sends no Accept header.
    #[default]
    Xml,
    /// `application/json`
    Json,
}

impl Media {
    /// The Content-Type of a reply.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Xml => "application/xml;charset=UTF-8",
            Self::Json => "application/json;charset=UTF-8",
        }
    }

    /// Reads an `Accept` header; `None` in it means that the request has none. The answer is
    /// `None` when the caller accepts neither form (406).
    ///
    /// The higher q wins; at equal q the form that is named wins over one that a wildcard
    /// admits, then the one listed first, then XML. An entry that cannot be read is ignored.
    pub fn negotiate(accept: Option<&str>) -> Option<Self> {
        let Some(accept) = accept.filter(|accept| !accept.trim().is_empty()) else {
            return Some(Self::default());
        };
        // What programs send: one form and nothing to weigh.
        match accept {
            "application/xml" => return Some(Self::Xml),
            "application/json" => return Some(Self::Json),
            _ => {}
        }
        let ranges: Vec<Range<'_>> = accept.split(',').filter_map(Range::read).collect();
        let offer = |media: Self| {
            let best = |offer: &Offer| (offer.precision, offer.quality);
            let offers = ranges.iter().enumerate().filter_map(|(place, range)| {
                Some(Offer {
                    precision: range.precision(media)?,
                    quality: range.quality,
                    place,
                })
            });
            // The most precise range speaks for a form, the first among equals (`max_by_key` takes
            // the last, hence `rev`); q=0 refuses it.
            offers
                .rev()
                .max_by_key(best)
                .filter(|offer| offer.quality > 0)
        };
        match (offer(Self::Xml), offer(Self::Json)) {
            (None, None) => None,
            (Some(_), None) => Some(Self::Xml),
            (None, Some(_)) => Some(Self::Json),
            (Some(xml), Some(json)) if json.beats(&xml) => Some(Self::Json),
            (Some(_), Some(_)) => Some(Self::Xml),
        }
    }

    /// Writes `envelope` in this form.
    pub fn write(self, envelope: &impl Envelope) -> Vec<u8> {
        match self {
            Self::Xml => crate::xml::write(envelope),
            Self::Json => crate::json::write(envelope),
        }
    }
}

/// What the header says about one form.
struct Offer {
    precision: Precision,
    /// In thousandths.
    quality: u16,
    place: usize,
}

impl Offer {
    fn beats(&self, other: &Self) -> bool {
        let named = |offer: &Self| offer.precision == Precision::Named;
        (self.quality, named(self), other.place) > (other.quality, named(other), self.place)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Precision {
    Anything,
    AnyOfType,
    Named,
}

/// One entry of the header.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// In thousandths.
    quality: u16,
}

impl<'a> Range<'a> {
    fn read(entry: &'a str) -> Option<Self> {
        let mut parts = entry.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let quality = parts
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
            .map_or(Some(1000), |(_, text)| quality(text.trim()))?;
        Some(Self {
            kind,
            subtype,
            quality,
        })
    }

    /// How precisely this entry names `media`; `None` when it does not cover it.
    fn precision(&self, media: Media) -> Option<Precision> {
        let is = |kind: &str, subtype: &str| {
            self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype)
        };
        let is_named = match media {
            Media::Xml => is("application", "xml") || is("text", "xml"),
            Media::Json => is("application", "json"),
        };
        if is_named {
            Some(Precision::Named)
        } else if is("application", "*") || (media == Media::Xml && is("text", "*")) {
            Some(Precision::AnyOfType)
        } else if is("*", "*") {
            Some(Precision::Anything)
        } else {
            None
        }
    }
}

/// Reads `0`, `1`, `0.5` and the like, with at most three decimals, in thousandths. Java's older
/// client writes `.2`.
fn quality(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_plain = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if text.is_empty() || !is_plain || !matches!(whole, "" | "0" | "1") {
        return None;
    }
    let thousandths: u16 = format!("{whole}{fraction:0<3}").parse().ok()?;
    (thousandths <= 1000).then_some(thousandths)
}
