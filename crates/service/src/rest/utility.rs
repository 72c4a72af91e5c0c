//! The static lists (wire contract, 7.13): the same on server and agent.
