//! Random numbers for new entities: the only source of randomness below the use cases.

use std::cell::RefCell;

use leasehold_model::number::{
    LicenseNumber, NUMBER_LENGTH, NumberKind, TransactionNumber, number_text,
};

/// Draws a number's text for a new entity, for example `P7KQ2M9XA`.
pub fn draw(kind: NumberKind) -> String {
    let mut random = [0; NUMBER_LENGTH];
    fill(&mut random);
    number_text(kind, random)
}

/// Draws the number of a new license.
pub fn draw_license() -> LicenseNumber {
    loop {
        // Every drawn text is a legal number; the loop only spares an error that cannot occur.
        if let Ok(number) = LicenseNumber::parse(&draw(NumberKind::License)) {
            return number;
        }
    }
}

/// Draws the number of a new transaction.
pub fn draw_transaction() -> TransactionNumber {
    loop {
        // As above.
        if let Ok(number) = TransactionNumber::parse(&draw(NumberKind::Transaction)) {
            return number;
        }
    }
}

/// Draws the id of an event: `msg_` and a random UUID.
pub(crate) fn draw_event_id() -> String {
    let mut random = [0; 16];
    fill(&mut random);
    let id = uuid::Builder::from_random_bytes(random).into_uuid();
    format!("msg_{}", id.simple())
}

/// Draws an id that nobody else has, and that need not be secret: from a stock, since asking the
/// generator each time takes longer than the rest of what an id is for.
pub(crate) fn draw_id() -> [u8; 16] {
    STOCK.with_borrow_mut(|stock| {
        stock.pop().unwrap_or_else(|| {
            let mut drawn = [[0; 16]; DRAWN_AT_ONCE];
            fill(drawn.as_flattened_mut());
            let [first, rest @ ..] = drawn;
            stock.extend_from_slice(&rest);
            first
        })
    })
}

const DRAWN_AT_ONCE: usize = 64;

thread_local! {
    static STOCK: RefCell<Vec<[u8; 16]>> = const { RefCell::new(Vec::new()) };
}

/// Fills `bytes` from the operating system's generator. A machine without one cannot run us.
pub fn fill(bytes: &mut [u8]) {
    #[expect(
        clippy::expect_used,
        clippy::disallowed_methods,
        reason = "the one source; there is no safe way on without randomness"
    )]
    aws_lc_rs::rand::fill(bytes).expect("the operating system gives random bytes");
}
