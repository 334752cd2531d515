//! The same in the database worker: the line for the lock, control messages, clients' ports.

mod candidate;
mod carry;
mod hear;
mod leader;
