//! A host with a clock to turn and real cryptography, and a transport whose answers a test decides.

use std::cell::{Cell, RefCell};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};

use crate::supabase::auth::keys::Material;
use crate::supabase::auth::{AuthError, FetchKeys, Host, Key, NoAnswer};

/// What the host and the transport share with the test.
#[derive(Default)]
pub struct World {
    /// The clock, in milliseconds.
    pub now: Cell<u64>,
    /// How many signatures were checked.
    pub checks: Cell<u32>,
    /// How many fetches began.
    pub fetches: Cell<u32>,
    /// How often a fetch is polled before it answers.
    pub latency: Cell<u32>,
    /// How long a fetch takes, in milliseconds.
    pub duration: Cell<u64>,
    /// What the issuer answers; `None` for no answer.
    pub answer: RefCell<Option<(u16, Vec<u8>)>>,
}

impl World {
    pub fn at(seconds: u64) -> Rc<World> {
        let world = World::default();
        world.now.set(seconds * 1000);
        Rc::new(world)
    }

    pub fn publish(&self, keys: &[String]) {
        *self.answer.borrow_mut() = Some((200, format!(r#"{{"keys":[{}]}}"#, keys.join(",")).into_bytes()));
    }

    pub fn pass(&self, milliseconds: u64) {
        self.now.set(self.now.get() + milliseconds);
    }
}

#[derive(Clone)]
pub struct RingHost(pub Rc<World>);

impl Host for RingHost {
    fn now(&self) -> u64 {
        self.0.now.get()
    }

    async fn sleep(&self, milliseconds: u32) {
        // Sleepers wake together: the clock goes on to the moment that each waits for, not by the sum of their naps.
        let end = self.0.now.get() + u64::from(milliseconds);
        Yield(1).await;
        self.0.now.set(self.0.now.get().max(end));
    }

    async fn check(&self, key: &Rc<Key>, input: &[u8], signature: &[u8]) -> Result<bool, AuthError> {
        self.0.checks.set(self.0.checks.get() + 1);
        Ok(match key.material() {
            Material::Hs256(secret) => {
                let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
                ring::hmac::verify(&key, input, signature).is_ok()
            }
            Material::Es256 { x, y } => {
                let point = [&[4][..], x, y].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(input, signature).is_ok()
            }
            Material::Rs256 { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, input, signature).is_ok()
            }
        })
    }
}

#[derive(Clone)]
pub struct Transport(pub Rc<World>);

impl FetchKeys for Transport {
    async fn fetch(&self, url: &str) -> Result<(u16, Vec<u8>), NoAnswer> {
        assert_eq!(url, super::issuer::JWKS_URL);
        self.0.fetches.set(self.0.fetches.get() + 1);
        Yield(self.0.latency.get()).await;
        self.0.pass(self.0.duration.get());
        self.0.answer.borrow().clone().ok_or(NoAnswer)
    }
}

/// Is pending that many times.
struct Yield(u32);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        Poll::Pending
    }
}

/// Runs one future to its end.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    for _ in 0..100_000 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
    panic!("the future never ends");
}

/// Runs many futures in turn, one poll each, as an isolate interleaves requests.
pub fn run_all<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut futures: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    for _ in 0..100_000 {
        for (future, value) in futures.iter_mut().filter(|(_, value)| value.is_none()) {
            if let Poll::Ready(ready) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                *value = Some(ready);
            }
        }
        if futures.iter().all(|(_, value)| value.is_some()) {
            return futures.into_iter().filter_map(|(_, value)| value).collect();
        }
    }
    panic!("the futures never end");
}
