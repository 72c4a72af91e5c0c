//! What every engine must do: each story takes a way to open the same store again.

mod accounts;
mod books;
mod catalogue;
mod licensees;
mod outbox;
mod replies;
mod tenants;
mod transactions;

use leasehold_store::{DatabaseUrl, Options, Store};

/// Opens the store of a story; the one before must have been dropped.
pub(crate) trait Open {
    fn open(&self) -> Store;
}

/// A data directory of its own, with SQLite in it.
struct Sqlite(tempfile::TempDir);

impl Open for Sqlite {
    fn open(&self) -> Store {
        Store::open(self.0.path(), Options::default()).unwrap()
    }
}

/// A database of its own on a server.
struct Postgres {
    directory: tempfile::TempDir,
    database: DatabaseUrl,
}

impl Open for Postgres {
    fn open(&self) -> Store {
        let options = Options {
            database: Some(self.database.clone()),
            ..Options::default()
        };
        Store::open(self.directory.path(), options).unwrap()
    }
}

macro_rules! stories {
    ($($module:ident: $($story:ident)*;)*) => {
        mod sqlite {
            $($(
                #[tokio::test]
                async fn $story() {
                    super::$module::$story(&super::Sqlite(tempfile::tempdir().unwrap())).await;
                }
            )*)*
        }

        mod postgres {
            $($(
                #[tokio::test]
                async fn $story() {
                    let Some(database) = crate::cluster::database().await else {
                        return;
                    };
                    let directory = tempfile::tempdir().unwrap();
                    let database = database.url;
                    let place = super::Postgres { directory, database };
                    super::$module::$story(&place).await;
                }
            )*)*
        }
    };
}

stories! {
    accounts:
        an_account_is_added_and_found
        an_account_comes_with_an_edit_or_not_at_all
        a_login_and_a_number_never_change
        another_password_raises_the_revision;
    books:
        documents_are_kept_by_name
        bindings_are_kept_and_go_with_their_licensee
        tokens_are_found_by_any_vendor_and_owned_by_one
        package_key_generations_and_imports_are_kept;
    catalogue:
        entities_come_in_creation_order
        every_column_comes_back
        a_number_is_taken_once
        what_is_used_stays
        a_renamed_template_takes_its_licenses_along
        an_edit_applies_as_a_whole_or_not_at_all;
    licensees:
        state_is_decided_and_kept
        texts_are_kept_as_given
        credits_stop_at_what_can_be_told
        aliases_lead_to_the_licensee
        a_license_number_is_unique_among_licensees
        a_license_moves_between_licensees
        a_licensee_goes_with_everything
        a_refusal_changes_nothing
        an_unknown_licensee_is_seen_with_the_product_named;
    outbox:
        a_licensees_events_are_due_one_after_the_other
        a_renamed_licensees_events_stay_in_order
        what_failed_waits_and_its_lane_with_it
        a_paused_endpoint_is_told_nothing_until_it_is_set_anew
        no_endpoint_crowds_out_another
        an_event_is_written_with_its_change_or_not_at_all
        nobody_is_told_what_nobody_listens_to
        deliveries_go_with_their_notification
        events_are_forgotten_after_thirty_days;
    replies:
        a_reply_is_remembered_for_a_day
        of_two_with_one_key_one_wins;
    tenants:
        two_vendors_with_equal_numbers_never_meet;
    transactions:
        drawn_numbers_that_collide_are_drawn_anew
        a_transactions_number_is_taken_once
        licenses_are_called_by_their_last_numbers
        a_license_is_pending_as_long_as_its_transaction;
}
