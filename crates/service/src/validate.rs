//! The validate use case: the same on server and agent.

use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::change::{Change, Decision};
use leasehold_model::number::{LicenseNumber, LicenseeNumber, VendorNumber};
use leasehold_model::snapshot::{Snapshot, Subject};
use leasehold_model::validate::{Refusal, Validation, ValidationRequest, Verdicts};
use leasehold_store::{Edit, Origin, Store, StoreError, VendorView, Write};

use crate::numbers;

/// How often a call is repeated because a number it drew was taken meanwhile.
const ATTEMPTS: usize = 8;

/// Whether a validation may create the licensee it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutoCreate {
    /// As the product says (the server).
    AsProductSays,
    /// Never (the agent, AG-31): an unknown licensee is refused as if no product allowed it.
    Never,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ValidateError {
    /// The rules refuse it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The caller may ask about another licensee only.
    #[error("the caller may not ask about this licensee")]
    OutOfScope,
    /// The store failed.
    #[error("the licensee's state cannot be read or written")]
    Store(#[from] StoreError),
}

/// What is asked, and within which bounds.
#[derive(Debug, Clone)]
pub struct Question {
    /// The licensee, by number or alias.
    pub licensee: LicenseeNumber,
    /// The one licensee that the caller may ask about; `None`: any.
    pub scope: Option<LicenseeNumber>,
    /// What about it.
    pub request: ValidationRequest,
    /// Whether it may be created.
    pub auto_create: AutoCreate,
}

/// Answers `question`; what the answer changed is durable when this returns.
pub async fn validate(
    store: &Store,
    vendor: &VendorNumber,
    question: Question,
    origin: Origin,
    now: Timestamp,
) -> Result<Validation, ValidateError> {
    let question = Arc::new(question);
    let mut attempts = 0..ATTEMPTS;
    loop {
        let attempt = attempt(store, vendor, &question, &origin, now).await;
        match attempt {
            // A licensee or a license of this number came to be between the look and the commit.
            Err(ValidateError::Store(StoreError::NumberTaken(_))) if attempts.next().is_some() => {}
            done => return done,
        }
    }
}

async fn attempt(
    store: &Store,
    vendor: &VendorNumber,
    question: &Arc<Question>,
    origin: &Origin,
    now: Timestamp,
) -> Result<Validation, ValidateError> {
    let known = store
        .decide(
            vendor,
            question.licensee.as_str(),
            question.request.product.as_deref(),
            origin.clone(),
            now,
            |snapshot| question.decide_known(snapshot, now),
        )
        .await??;
    match known {
        Known::Answered(validation) => Ok(validation),
        Known::ToCreate => {
            let question = Arc::clone(question);
            store
                .edit(vendor, origin.clone(), now, move |view| {
                    question.create(view, now)
                })
                .await?
        }
    }
}

/// What deciding about one licensee comes to.
enum Known {
    /// The answer.
    Answered(Validation),
    /// The licensee is to be created, which takes an edit of the vendor.
    ToCreate,
}

impl Question {
    fn decide_known(
        &self,
        snapshot: Snapshot<'_>,
        now: Timestamp,
    ) -> Result<Decision<Known>, ValidateError> {
        let verdicts = self.verdicts(snapshot, &mut numbers::draw_license, now)?;
        Ok(match verdicts {
            Verdicts::Known(decision) => Decision {
                outcome: Known::Answered(decision.outcome),
                changes: decision.changes,
            },
            Verdicts::Created {
                outcome,
                licensee: None,
                ..
            } => Decision {
                outcome: Known::Answered(outcome),
                changes: Vec::new(),
            },
            Verdicts::Created { .. } => Decision {
                outcome: Known::ToCreate,
                changes: Vec::new(),
            },
        })
    }

    /// Decides again with the whole vendor standing still, and creates the licensee if there is
    /// still none.
    fn create(
        &self,
        view: &VendorView<'_>,
        now: Timestamp,
    ) -> Result<Edit<Validation>, ValidateError> {
        let ttl = view.account().vendor.ttl;
        let mut drawn = Vec::new();
        let mut fresh = || {
            loop {
                let number = numbers::draw_license();
                let taken = view.license_owner(&number).is_some() || drawn.contains(&number);
                if !taken {
                    drawn.push(number.clone());
                    return number;
                }
            }
        };
        let found = view.licensee(self.licensee.as_str(), |product, licensee| {
            let subject = Subject::Known { product, licensee };
            let verdicts = self.verdicts(Snapshot { ttl, subject }, &mut fresh, now);
            (licensee.licensee.number.clone(), verdicts)
        });
        let (number, verdicts) = match found {
            Some((number, verdicts)) => (number, verdicts?),
            None => {
                let product = self.request.product.as_deref();
                let product = product.and_then(|number| view.product(number));
                let subject = Subject::Unknown {
                    number: &self.licensee,
                    product: product.map(|tree| &**tree),
                };
                let verdicts = self.verdicts(Snapshot { ttl, subject }, &mut fresh, now)?;
                (self.licensee.clone(), verdicts)
            }
        };
        let of_licensee = |change| {
            Write::Model(Change::Licensee {
                licensee: number.clone(),
                change,
            })
        };
        Ok(match verdicts {
            Verdicts::Known(decision) => Edit {
                outcome: decision.outcome,
                writes: decision.changes.into_iter().map(of_licensee).collect(),
            },
            Verdicts::Created {
                outcome,
                product,
                licensee,
                changes,
            } => {
                let created = licensee
                    .map(|licensee| Write::Model(Change::CreateLicensee { product, licensee }));
                let writes = created
                    .into_iter()
                    .chain(changes.into_iter().map(of_licensee))
                    .collect();
                Edit { outcome, writes }
            }
        })
    }

    fn verdicts(
        &self,
        mut snapshot: Snapshot<'_>,
        fresh: &mut dyn FnMut() -> LicenseNumber,
        now: Timestamp,
    ) -> Result<Verdicts, ValidateError> {
        let asked = match &mut snapshot.subject {
            Subject::Known { licensee, .. } => &licensee.licensee.number,
            Subject::Unknown { number, product } => {
                if self.auto_create == AutoCreate::Never {
                    *product = None;
                }
                *number
            }
        };
        if self.scope.as_ref().is_some_and(|scope| scope != asked) {
            return Err(ValidateError::OutOfScope);
        }
        leasehold_model::validate::validate(snapshot, &self.request, fresh, now)
            .map_err(ValidateError::Refused)
    }
}
