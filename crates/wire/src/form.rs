//! Parameters: query strings and form bodies, decoded once and within limits
//! (wire contract, sections 1 and 4).

use leasehold_model::validate::ValidationRequest;

/// What is accepted at most.
pub struct Limits;

impl Limits {
    /// Bytes of a body.
    pub const BODY: usize = 1024 * 1024;
    /// Parameters of a request, query and body together.
    pub const PARAMETERS: usize = 10_000;
    /// Bytes of a parameter's name.
    pub const NAME: usize = 4 * 255;
    /// Bytes of a parameter's value.
    pub const VALUE: usize = 64 * 1024;
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

/// Decoded parameters in the order of the request, the query's first. Where a name is repeated
/// the last one counts (so that the body wins), except for `discount`, which is a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Decodes a query string and a form body, either of which may be empty.
    pub fn parse(_query: &str, _body: &[u8]) -> Result<Self, FormError> {
        todo!()
    }

    /// The last value of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(have, _)| have == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every name once with its last value, in order of first appearance.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().enumerate().filter_map(|(at, (name, _))| {
            let first = !self.0[..at].iter().any(|(before, _)| before == name);
            first.then(|| (name.as_str(), self.get(name).unwrap_or_default()))
        })
    }

    /// All values of the list parameter `name`, also spelled `name[]` and `name[0]`, in order.
    pub fn list(&self, _name: &str) -> Vec<&str> {
        todo!()
    }

    /// A Boolean; absent or empty is `None`.
    pub fn boolean(&self, _name: &str) -> Result<Option<bool>, FormError> {
        todo!()
    }

    /// The question that a validate request asks; grouping by G-7, custom properties by G-5.
    pub fn validation_request(&self) -> Result<ValidationRequest, FormError> {
        todo!()
    }
}

/// Splits and decodes a path: repeated and trailing slashes collapse, each segment is decoded
/// once (`+` stays), `.` and `..` and control characters are refused.
pub fn path_segments(_path: &str) -> Result<Vec<String>, FormError> {
    todo!()
}
