//! Whole stories, told in order.

mod first_day;
mod two_vendors;
