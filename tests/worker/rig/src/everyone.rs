//! A Supabase for the suites, which know one store: each call speaks as whoever would make it, with a token of their own.

use futures_util::stream;
use hashi::bridge::binding::HostBytes;
use hashi::bridge::host_body::HostBody;
use hashi::bridge::{ByteStream, Method, Outbound, clock, fetch};
use hashi::executor::history::{ExecutionFilter, ExecutionScope, Executions};
use hashi::functions::access::{Deletable, Readable, Scope, Updatable};
use hashi::functions::artifacts::SupabaseStorage;
use hashi::functions::artifacts::supabase::BUCKET;
use hashi::functions::draft::Draft;
use hashi::functions::function::OwnerType;
use hashi::functions::module::NewModule;
use hashi::functions::store::schedules::{Claim, Scheduled, Schedules};
use hashi::functions::store::{
    Adding, Again, Answered, Created, Filter, IdempotencyKey, Quota, Store, StoreError, Supabase,
};
use hashi::functions::{
    Access, ArtifactHash, Caller, Function, FunctionId, FunctionRef, Module, ModuleVersion, UserId,
};
use hashi::supabase::storage::Bucket;
use hashi::supabase::{Transport, rest};
use serde_json::value::RawValue;
use worker::Env;

const DEADLINE_MS: u32 = 20_000;

/// Every caller of one project.
pub struct Everyone {
    url: String,
    anon: String,
    service: String,
    /// Where the test signs tokens: `{tokens}/{user}` and `{tokens}/{user}/admin`.
    tokens: String,
}

impl Everyone {
    /// The project that the test's variables name.
    pub fn open(env: &Env) -> Result<Everyone, StoreError> {
        let var = |name| env.var(name).map(|value| value.to_string()).map_err(|_| StoreError::Unavailable);
        let (url, tokens) = (var("SUPABASE_URL")?, var("TOKENS")?);
        Ok(Everyone { url, tokens, anon: var("SUPABASE_ANON_KEY")?, service: var("SUPABASE_SERVICE_ROLE_KEY")? })
    }

    fn store(&self, key: &str, bearer: Option<String>) -> Supabase {
        let rest = rest::Client::new(&self.url, key);
        let rest = match bearer {
            Some(token) => rest.with_bearer(token),
            None => rest,
        };
        Supabase::new(rest, Transport { deadline_ms: DEADLINE_MS, retry: Default::default() })
    }

    fn service(&self) -> Supabase {
        self.store(&self.service, None)
    }

    async fn token(&self, user: &UserId, admin: bool) -> Result<String, StoreError> {
        let url = format!("{}/{}{}", self.tokens, user.as_str(), if admin { "/admin" } else { "" });
        let outbound = Outbound { method: Method::Get, url, headers: Vec::new(), body: None };
        let answer = fetch::send(&outbound, DEADLINE_MS).await.map_err(|_| StoreError::Unavailable)?;
        let token = answer.bytes(10_000).await.map_err(|_| StoreError::Unavailable)?;
        String::from_utf8(token).map_err(|_| StoreError::Unavailable)
    }

    async fn caller(&self, user: Option<&UserId>, admin: bool) -> Result<Supabase, StoreError> {
        Ok(match user {
            Some(user) => self.store(&self.anon, Some(self.token(user, admin).await?)),
            None if admin => self.service(),
            None => self.store(&self.anon, None),
        })
    }

    /// Who may change a function.
    async fn owner(&self, function: &Function) -> Result<Supabase, StoreError> {
        self.caller(function.owner.as_ref(), function.owner_type != OwnerType::User).await
    }

    /// The bucket, as a new user sees it who has one function.
    pub async fn own_storage(&self) -> Result<SupabaseStorage, StoreError> {
        let user = UserId::new(&clock::uuid());
        let function = self.function_of(&user).await?;
        let token = self.token(&user, false).await?;
        let bucket = |key: &str, token: Option<&str>| Bucket::new(&self.url, key, token, BUCKET, DEADLINE_MS);
        Ok(SupabaseStorage {
            caller: bucket(&self.anon, Some(&token)),
            service: bucket(&self.service, None),
            database: self.service(),
            user: Some(user),
            function: Some(function.id),
        })
    }

    async fn function_of(&self, user: &UserId) -> Result<Function, StoreError> {
        let creation = Access::create(&Caller::User(user.clone()), OwnerType::User).map_err(|_| StoreError::Refused)?;
        let draft: Draft = serde_json::from_str(&format!("{{\"name\":\"s{}\"}}", &clock::uuid()[..13]))
            .map_err(|_| StoreError::Refused)?;
        let id = FunctionId::parse(&clock::uuid()).map_err(|_| StoreError::Refused)?;
        let function = draft.create(id, &creation).map_err(|_| StoreError::Refused)?;
        match self.create(&function, Quota { functions: 1, bytes: 0 }, None).await? {
            Created::New(function) | Created::Before(function) => Ok(function),
        }
    }
}

impl Store for Everyone {
    async fn create(
        &self,
        function: &Function,
        quota: Quota,
        key: Option<&IdempotencyKey<'_>>,
    ) -> Result<Created, StoreError> {
        self.owner(function).await?.create(function, quota, key).await
    }

    async fn find(&self, which: &FunctionRef) -> Result<Option<Function>, StoreError> {
        self.service().find(which).await
    }

    async fn resolve(&self, which: &FunctionRef) -> Result<Option<(Function, Option<Module>)>, StoreError> {
        self.service().resolve(which).await
    }

    async fn list(&self, scope: &Scope, filter: &Filter) -> Result<Vec<Function>, StoreError> {
        Store::list(&self.caller(scope.user.as_ref(), scope.admin).await?, scope, filter).await
    }

    async fn update(&self, current: &Updatable<'_>, changed: &Function) -> Result<Function, StoreError> {
        self.owner(current).await?.update(current, changed).await
    }

    async fn delete(&self, function: &Deletable<'_>) -> Result<(), StoreError> {
        self.owner(function).await?.delete(function).await
    }

    async fn begin_artifact(
        &self,
        function: &Updatable<'_>,
        hash: &ArtifactHash,
        size: u64,
        quota: Quota,
    ) -> Result<(), StoreError> {
        self.owner(function).await?.begin_artifact(function, hash, size, quota).await
    }

    async fn add_module(
        &self,
        function: &Updatable<'_>,
        module: &NewModule,
        adding: Adding<'_>,
        quota: Quota,
    ) -> Result<(Function, Module), StoreError> {
        // As in an upload: bytes are stored before anything says so.
        let bucket = Bucket::new(&self.url, &self.service, None, BUCKET, DEADLINE_MS);
        let unavailable = |_| StoreError::Unavailable;
        let staged = format!("staging/service/{}", clock::uuid());
        let zeros = ByteStream::new(stream::iter([Ok(vec![0; module.size as usize])]));
        let zeros = HostBody::of(zeros).map_err(|_| StoreError::Unavailable)?;
        bucket.stage(&staged, zeros, module.size as usize, &bucket).await.map_err(unavailable)?;
        bucket.copy(&staged, &format!("modules/{}/{}", module.sha256, function.id)).await.map_err(unavailable)?;
        bucket.remove(&[&staged]).await.map_err(unavailable)?;
        if let Some(prepared) = &module.prepared {
            let bytes = HostBytes::copied(b"abc");
            let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
            let object = format!("bundles/{}/{}/{}", module.sha256, function.id, prepared.bundle);
            bucket.put(&object, &bytes, abc).await.map_err(unavailable)?;
        }
        self.owner(function).await?.add_module(function, module, adding, quota).await
    }

    async fn module(&self, function: &Readable<'_>, version: ModuleVersion) -> Result<Option<Module>, StoreError> {
        self.owner(function).await?.module(function, version).await
    }

    async fn modules(
        &self,
        function: &Readable<'_>,
        before: Option<ModuleVersion>,
        limit: u32,
    ) -> Result<Vec<Module>, StoreError> {
        self.owner(function).await?.modules(function, before, limit).await
    }

    async fn activate(
        &self,
        function: &Updatable<'_>,
        version: ModuleVersion,
        key: Option<&IdempotencyKey<'_>>,
    ) -> Result<Function, StoreError> {
        self.owner(function).await?.activate(function, version, key).await
    }

    async fn collect(&self, seconds: u32) -> Result<Vec<ArtifactHash>, StoreError> {
        self.service().collect(seconds).await
    }

    async fn collected(&self, hash: &ArtifactHash) -> Result<(), StoreError> {
        self.service().collected(hash).await
    }

    async fn answered(&self, caller: &str, key: &str) -> Result<Option<Answered>, StoreError> {
        self.caller(Some(&UserId::new(caller)), false).await?.answered(caller, key).await
    }

    async fn again(&self, seconds: u32) -> Result<Vec<Again>, StoreError> {
        self.service().again(seconds).await
    }

    async fn tidied(&self, hashes: &[ArtifactHash], seconds: u32) -> Result<(), StoreError> {
        self.service().tidied(hashes, seconds).await
    }

    async fn forget_keys(&self, seconds: u32) -> Result<(), StoreError> {
        self.service().forget_keys(seconds).await
    }
}

impl Executions for Everyone {
    async fn add(&self, executions: &str) -> Result<(), StoreError> {
        self.service().add(executions).await
    }

    async fn list(&self, scope: &ExecutionScope, filter: &ExecutionFilter) -> Result<Vec<Box<RawValue>>, StoreError> {
        Executions::list(&self.caller(scope.user.as_ref(), scope.admin).await?, scope, filter).await
    }

    async fn forget(&self, days: u32) -> Result<u32, StoreError> {
        self.service().forget(days).await
    }

    async fn shrink(&self, bytes: u64) -> Result<bool, StoreError> {
        self.service().shrink(bytes).await
    }

    async fn bytes(&self, of: Option<&FunctionId>) -> Result<u64, StoreError> {
        self.service().bytes(of).await
    }
}

impl Schedules for Everyone {
    async fn scheduled(&self) -> Result<Vec<Scheduled>, StoreError> {
        self.service().scheduled().await
    }

    async fn claim(&self, claim: &Claim) -> Result<Option<Function>, StoreError> {
        self.service().claim(claim).await
    }
}
