//! What every store does: one suite, run against each.

mod artifacts;
mod concurrency;
mod functions;
mod keys;
mod modules;
mod steps;

use super::Store;
use crate::functions::conformance::suite;

suite! {
    Store;
    functions::{
        what_is_created_is_found,
        names_are_unique,
        a_user_has_a_quota_of_functions,
        a_repeated_request_makes_nothing_new,
        of_a_callers_keys_the_last_are_kept,
        lists_show_what_may_be_read,
        lists_are_filtered_and_paged,
        changes_are_revisions,
        deleted_is_gone,
    }
    keys::{
        an_upload_is_answered_once,
        an_activation_is_answered_once,
    }
    modules::{
        versions_count_up_and_the_same_bytes_are_one_module,
        a_call_finds_the_function_with_what_it_runs,
        a_list_of_modules_has_so_many_bytes,
        a_user_has_a_quota_of_bytes,
        what_was_begun_counts_until_it_is_collected,
        what_was_deleted_counts_until_it_is_collected,
        a_module_is_added_to_the_revision_that_was_asked_about,
        activation_goes_back_and_forth,
    }
    artifacts::{
        artifacts_are_collected_when_nothing_uses_them,
    }
    concurrency::{
        concurrent_calls_happen_one_after_the_other,
    }
}
