//! PostgREST: a query builder with supabase-js's vocabulary.
