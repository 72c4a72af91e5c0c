//! Whole stories, told in order.

mod asked_again;
mod first_day;
mod two_vendors;
