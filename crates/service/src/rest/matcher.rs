//! Finds a request's endpoint in the route table.

use std::borrow::Cow;

use crate::rest::call::Method;
use crate::rest::route::Route;

/// The route table in the form in which it is asked: by path, then by method.
pub(crate) struct Matcher {
    paths: Vec<Path>,
}

struct Path {
    pattern: &'static str,
    segments: Vec<Segment>,
    /// Where in the route table the endpoint of each method stands.
    by_method: [Option<usize>; 3],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Segment {
    Is(&'static str),
    Captures,
}

/// What is at a path.
pub(crate) struct Found {
    by_method: [Option<usize>; 3],
    /// The path's variable segments, in order.
    pub(crate) captures: Vec<String>,
}

impl Matcher {
    pub(crate) fn new<A>(routes: &[Route<A>]) -> Self {
        let mut paths: Vec<Path> = Vec::new();
        for (at, route) in routes.iter().enumerate() {
            let place = paths.iter().position(|path| path.pattern == route.path);
            let place = place.unwrap_or_else(|| {
                paths.push(Path {
                    pattern: route.path,
                    segments: segments(route.path),
                    by_method: [None; 3],
                });
                paths.len() - 1
            });
            paths[place].by_method[route.method as usize] = Some(at);
        }
        // A fixed word wins over a capture, whatever the order of the table.
        paths.sort_by_key(|path| {
            let captures = path.segments.iter().filter(|s| **s == Segment::Captures);
            captures.count()
        });
        Self { paths }
    }

    /// What stands at `path` (decoded segments below the base), if anything.
    pub(crate) fn find(&self, path: &[Cow<'_, str>]) -> Option<Found> {
        let found = self
            .paths
            .iter()
            .find(|candidate| candidate.matches(path))?;
        let captured = found.segments.iter().zip(path);
        let captured = captured.filter(|(segment, _)| **segment == Segment::Captures);
        Some(Found {
            by_method: found.by_method,
            captures: captured
                .map(|(_, given)| given.clone().into_owned())
                .collect(),
        })
    }
}

impl Path {
    fn matches(&self, path: &[Cow<'_, str>]) -> bool {
        self.segments.len() == path.len()
            && self
                .segments
                .iter()
                .zip(path)
                .all(|(segment, given)| match segment {
                    Segment::Is(word) => word == given,
                    Segment::Captures => true,
                })
    }
}

impl Found {
    /// Where in the route table the endpoint of `method` stands.
    pub(crate) fn endpoint(&self, method: Method) -> Option<usize> {
        self.by_method[method as usize]
    }

    /// What `Allow` says here.
    pub(crate) fn allow(&self) -> &'static str {
        let [get, post, delete] = self.by_method.map(|endpoint| endpoint.is_some());
        match (get, post, delete) {
            (true, true, true) => "GET, HEAD, POST, DELETE, OPTIONS",
            (true, true, false) => "GET, HEAD, POST, OPTIONS",
            (true, false, true) => "GET, HEAD, DELETE, OPTIONS",
            (true, false, false) => "GET, HEAD, OPTIONS",
            (false, true, true) => "POST, DELETE, OPTIONS",
            (false, true, false) => "POST, OPTIONS",
            (false, false, true) => "DELETE, OPTIONS",
            (false, false, false) => "OPTIONS",
        }
    }
}

fn segments(pattern: &'static str) -> Vec<Segment> {
    let words = pattern.split('/').filter(|word| !word.is_empty());
    words
        .map(|word| {
            if word.starts_with('{') {
                Segment::Captures
            } else {
                Segment::Is(word)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rest::call::Reply;
    use crate::rest::route::{About, Returns};
    use leasehold_model::role::Operation;

    fn route(method: Method, path: &'static str) -> Route<()> {
        Route {
            method,
            path,
            operation: Operation::Read,
            about: About {
                summary: "test",
                parameters: &[],
                returns: Returns::Nothing,
                notes: &[],
            },
            handler: |(), _| Box::pin(async { Ok(Reply::NoContent) }),
        }
    }

    fn find(path: &[&str]) -> Option<Found> {
        let table = [
            route(Method::Get, "/licensee/{licenseeNumber}"),
            route(Method::Delete, "/licensee/{licenseeNumber}"),
            route(Method::Post, "/licensee/{licenseeNumber}/validate"),
            route(Method::Get, "/licensee/special"),
        ];
        let path: Vec<_> = path.iter().copied().map(Cow::Borrowed).collect();
        Matcher::new(&table).find(&path)
    }

    #[test]
    fn a_path_is_found_with_its_captures() {
        let found = find(&["licensee", "a/b", "validate"]).unwrap();
        assert_eq!(found.captures, ["a/b"]);
        assert_eq!(found.endpoint(Method::Post), Some(2));
        assert_eq!(found.endpoint(Method::Get), None);
        assert_eq!(found.allow(), "POST, OPTIONS");
        assert_eq!(
            find(&["licensee", "I1"]).unwrap().allow(),
            "GET, HEAD, DELETE, OPTIONS"
        );
    }

    #[test]
    fn a_word_wins_over_a_capture() {
        let found = find(&["licensee", "special"]).unwrap();
        assert_eq!(found.endpoint(Method::Get), Some(3));
        assert!(found.captures.is_empty());
    }

    #[test]
    fn other_paths_are_not_found() {
        for path in [
            &["licensee"][..],
            &["Licensee", "I1"],
            &["licensee", "I1", "x"],
            &[],
        ] {
            assert!(find(path).is_none(), "{path:?}");
        }
    }
}
