//! The store, driven through its public face.

mod build;
mod smoke;
