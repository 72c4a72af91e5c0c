//! Parameters: query strings and form bodies, decoded once and within limits
//! (wire contract, sections 1 and 4).

mod decode;
mod path;
mod validation;

pub use path::path_segments;

use leasehold_model::property;

/// What is accepted at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a body.
    pub body: usize,
    /// Bytes of a parameter's value.
    pub value: usize,
}

impl Limits {
    /// Of nearly every request.
    pub const FORM: Self = Self {
        body: 1024 * 1024,
        value: 64 * 1024,
    };
    /// Of one that speaks of very many licensees at once: a hundred thousand numbers, or the state file
    /// of an agent that serves as many.
    pub const BULK: Self = Self {
        body: 64 * 1024 * 1024,
        value: 64 * 1024 * 1024,
    };
    /// Parameters of a request, query and body together.
    pub const PARAMETERS: usize = 10_000;
    /// Bytes of a parameter's name. The longest legal one is `sessionId_` and an id of 1000 characters.
    pub const NAME: usize = 4 * 1010;
    /// Characters of a custom property's name (section 5).
    pub const CUSTOM_NAME: usize = 255;
}

/// Why parameters are refused. Each is a 400 `MalformedRequestException`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// `%` without two hexadecimal digits behind it.
    #[error("The request holds a broken percent-encoding")]
    PercentEncoding,
    /// Decoded bytes are not UTF-8.
    #[error("The request is not valid UTF-8")]
    Utf8,
    /// More than [`Limits`] allow.
    #[error("The request exceeds a limit: {0}")]
    Limit(&'static str),
    /// A segment of the path is `.` or `..`, or holds a control character.
    #[error("The path holds a segment that is '.' or '..' or not printable")]
    Path,
    /// A parameter's name holds a control character.
    #[error("The request holds a parameter whose name is not printable")]
    Name,
    /// A value that its parameter cannot have.
    #[error("Parameter '{name}' has the invalid value '{value}': expected {expected}")]
    Value {
        /// Which parameter.
        name: String,
        /// What was given, cut to 100 characters.
        value: String,
        /// What it may be.
        expected: &'static str,
    },
}

impl FormError {
    /// The parameter `name` cannot have `value`; `expected` completes "expected …".
    pub fn value(name: &str, value: &str, expected: &'static str) -> Self {
        Self::Value {
            name: name.to_owned(),
            value: value.chars().take(100).collect(),
            expected,
        }
    }
}

/// Decoded parameters in the order of the request, the query's first. Where a name is repeated
/// the last one counts (so that the body wins), except for `discount`, which is a list.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form {
    pairs: Vec<(String, String)>,
    /// Each name once, in order of first appearance.
    names: Vec<Name>,
    /// Places in `names`, sorted by name: the index for [`Form::get`].
    sorted: Vec<usize>,
}

/// Where a name stands in `pairs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Name {
    first: usize,
    last: usize,
}

impl Form {
    /// Decodes a query string and a form body, either of which may be empty.
    ///
    /// A parameter without `=` has an empty value; one without a name is no parameter.
    pub fn parse(query: &str, body: &[u8]) -> Result<Self, FormError> {
        Self::parse_within(Limits::FORM, query, body)
    }

    /// The same within other limits.
    pub fn parse_within(limits: Limits, query: &str, body: &[u8]) -> Result<Self, FormError> {
        if body.len() > limits.body {
            return Err(FormError::Limit("the size of the body"));
        }
        let mut pairs = Vec::new();
        let pieces = query
            .as_bytes()
            .split(|byte| *byte == b'&')
            .chain(body.split(|byte| *byte == b'&'));
        for piece in pieces.filter(|piece| !piece.is_empty()) {
            if pairs.len() == Limits::PARAMETERS {
                return Err(FormError::Limit("the number of parameters"));
            }
            let (name, value) = pair(piece, limits.value)?;
            if !name.is_empty() {
                pairs.push((name, value));
            }
        }
        Ok(Self::index(pairs))
    }

    fn index(pairs: Vec<(String, String)>) -> Self {
        let mut order: Vec<usize> = (0..pairs.len()).collect();
        // Equal names stay in the order of the request, since this sort is stable.
        order.sort_by(|a, b| pairs[*a].0.cmp(&pairs[*b].0));
        let mut names: Vec<Name> = order
            .chunk_by(|a, b| pairs[*a].0 == pairs[*b].0)
            .map(|places| Name {
                first: places[0],
                last: places[places.len() - 1],
            })
            .collect();
        names.sort_unstable_by_key(|name| name.first);
        let mut sorted: Vec<usize> = (0..names.len()).collect();
        sorted.sort_unstable_by_key(|at| &pairs[names[*at].first].0);
        Self {
            pairs,
            names,
            sorted,
        }
    }

    /// The last value of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        let place = self
            .sorted
            .binary_search_by(|at| self.name(self.names[*at]).cmp(name))
            .ok()?;
        Some(self.value(self.names[self.sorted[place]]))
    }

    /// Every name once with its last value, in order of first appearance.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.names
            .iter()
            .map(|name| (self.name(*name), self.value(*name)))
    }

    /// All values of the list parameter `name`, in order. The spellings `discount[]` and
    /// `discount[0]` were read as `discount`, which is the only list there is (section 1).
    pub fn list(&self, name: &str) -> Vec<&str> {
        self.pairs
            .iter()
            .filter(|(have, _)| have == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// A text that is not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|text| !text.is_empty())
    }

    /// A Boolean in any letter case; absent or empty is `None`.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, FormError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        match property::boolean(text) {
            Some(value) => Ok(Some(value)),
            None => Err(FormError::value(name, text, "true or false")),
        }
    }

    fn name(&self, name: Name) -> &str {
        &self.pairs[name.first].0
    }

    fn value(&self, name: Name) -> &str {
        &self.pairs[name.last].1
    }
}

/// Names only: values may be secrets.
impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|(name, _)| name))
            .finish()
    }
}

/// True for a name that a custom property can have: 1 to 255 characters, none of them a control
/// character. Whether it is reserved is another question.
pub fn is_custom_name(name: &str) -> bool {
    let length = name.chars().take(Limits::CUSTOM_NAME + 1).count();
    (1..=Limits::CUSTOM_NAME).contains(&length) && !name.chars().any(char::is_control)
}

fn pair(piece: &[u8], longest: usize) -> Result<(String, String), FormError> {
    let at = piece.iter().position(|byte| *byte == b'=');
    let (name, value) = match at {
        Some(at) => (&piece[..at], &piece[at + 1..]),
        None => (piece, &[][..]),
    };
    let name = list_name(decode::form_text(name)?.into_owned());
    let value = decode::form_text(value)?.into_owned();
    if name.len() > Limits::NAME {
        return Err(FormError::Limit("the length of a parameter's name"));
    }
    if name.chars().any(char::is_control) {
        return Err(FormError::Name);
    }
    if value.len() > longest {
        return Err(FormError::Limit("the length of a parameter's value"));
    }
    Ok((name, value))
}

/// `discount[]`, which PHP sends, and `discount[0]`, which C# sends, are `discount` (section 1).
fn list_name(name: String) -> String {
    let index = name
        .strip_prefix("discount[")
        .and_then(|rest| rest.strip_suffix(']'));
    match index {
        Some(index) if index.bytes().all(|byte| byte.is_ascii_digit()) => "discount".to_owned(),
        _ => name,
    }
}
