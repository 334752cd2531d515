//! What reaches the page and its worker: calls, ports, the channel, locks, timers.

mod alarm;
mod carry;
mod channel;
mod desk;
mod hear;
mod lock;
mod shared;
mod spawn;
mod tab;
mod worker;
