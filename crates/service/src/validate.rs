//! The validate use case: the same on server and agent.

use std::sync::Arc;

use jiff::Timestamp;
use leasehold_model::change::{Change, LicenseeChange};
use leasehold_model::number::{LicenseNumber, LicenseeNumber, VendorNumber};
use leasehold_model::plan::NotInPlan;
use leasehold_model::snapshot::{Snapshot, Subject};
use leasehold_model::validate::{Refusal, Validation, ValidationRequest, Verdicts};
use leasehold_store::{
    CallKey, Decided, Edit, Origin, Record, RememberedReply, Store, StoreError, VendorView, Write,
};

use crate::numbers;
use crate::record::{Seen, records};

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
    /// The licensee would be one more than the vendor's plan covers.
    #[error(transparent)]
    NotInPlan(#[from] NotInPlan),
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
    /// The reply is remembered under this key, in the form that `remember` gives it.
    pub key: Option<CallKey>,
    /// See above.
    pub remember: fn(&Validation) -> Box<str>,
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
    ) -> Result<Decided<Known>, ValidateError> {
        let verdicts = self.verdicts(snapshot, &mut numbers::draw_license, now)?;
        Ok(match (verdicts, snapshot.subject) {
            (
                Verdicts::Known(decision),
                Subject::Known {
                    product, licensee, ..
                },
            ) => {
                let mut records = records(Seen {
                    awaited: snapshot.awaited_events,
                    request: &self.request,
                    product,
                    licensee: &licensee.licensee,
                    is_new: false,
                    validation: &decision.outcome,
                    changes: &decision.changes,
                });
                records.extend(self.remembered(&decision.outcome));
                let takes_nothing = decision.changes.iter().all(LicenseeChange::is_cache);
                Decided {
                    outcome: Known::Answered(decision.outcome),
                    changes: decision.changes,
                    records,
                    denies: takes_nothing && self.request.asks_to_take(),
                }
            }
            (
                Verdicts::Created {
                    outcome,
                    licensee: None,
                    ..
                },
                _,
            ) if self.key.is_none() => Decided {
                outcome: Known::Answered(outcome),
                changes: Vec::new(),
                records: Vec::new(),
                denies: false,
            },
            _ => Decided {
                outcome: Known::ToCreate,
                changes: Vec::new(),
                records: Vec::new(),
                denies: false,
            },
        })
    }

    fn remembered(&self, validation: &Validation) -> Option<Record> {
        self.key.map(|call| {
            Record::Reply(RememberedReply {
                call,
                reply: (self.remember)(validation),
            })
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
        let awaited_events = view.awaited_events();
        let found = view.licensee(self.licensee.as_str(), |product, licensee| {
            let number = &licensee.licensee.number;
            let subject = Subject::Known {
                product,
                licensee,
                stateful: view.stateful_rights(number),
            };
            let snapshot = Snapshot {
                ttl,
                awaited_events,
                subject,
            };
            let verdicts = self.verdicts(snapshot, &mut fresh, now)?;
            let known = (Arc::clone(product), licensee.licensee.clone(), verdicts);
            Ok::<_, ValidateError>(known)
        });
        let (product, known, verdicts) = match found {
            Some(found) => {
                let (product, licensee, verdicts) = found?;
                (Some(product), Some(licensee), verdicts)
            }
            None => {
                let product = self.request.product.as_deref();
                let product = product.and_then(|number| view.product(number)).cloned();
                let subject = Subject::Unknown {
                    number: &self.licensee,
                    product: product.as_deref(),
                };
                let snapshot = Snapshot {
                    ttl,
                    awaited_events,
                    subject,
                };
                let verdicts = self.verdicts(snapshot, &mut fresh, now)?;
                (product, None, verdicts)
            }
        };
        let is_new = known.is_none();
        let (outcome, created, changes) = match verdicts {
            Verdicts::Known(decision) => (decision.outcome, None, decision.changes),
            Verdicts::Created {
                outcome,
                product,
                licensee,
                changes,
            } => (
                outcome,
                licensee.map(|licensee| (product, licensee)),
                changes,
            ),
        };
        if created.is_some() {
            view.account()
                .vendor
                .plan
                .allow_licensee(view.licensee_count())?;
        }
        let licensee = known
            .as_ref()
            .or(created.as_ref().map(|(_, created)| created));
        let mut writes = Vec::new();
        if let (Some(product), Some(licensee)) = (&product, licensee) {
            let records = records(Seen {
                awaited: awaited_events,
                request: &self.request,
                product,
                licensee,
                is_new,
                validation: &outcome,
                changes: &changes,
            });
            let number = licensee.number.clone();
            let created = created
                .map(|(product, licensee)| Change::CreateLicensee { product, licensee })
                .into_iter();
            let changes = changes.into_iter().map(|change| Change::Licensee {
                licensee: number.clone(),
                change,
            });
            writes.extend(created.chain(changes).map(Write::Model));
            writes.extend(records.into_iter().map(Write::Record));
        }
        writes.extend(self.remembered(&outcome).map(Write::Record));
        Ok(Edit { outcome, writes })
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
