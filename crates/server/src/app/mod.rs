//! The use cases of a vendor: what a request means, in terms of the model and the store.
