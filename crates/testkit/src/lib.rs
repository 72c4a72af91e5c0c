//! Server and agent for tests: started as real processes or within the test's own, and the small
//! things that the tests of both share.
