//! Who calls.

use super::id::UserId;
use crate::supabase::auth::Claims;

/// Who calls, as far as access depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nobody is signed in.
    Anonymous,
    /// A user.
    User(UserId),
    /// An admin; the service role is one that is no user.
    Admin(Option<UserId>),
}

impl Caller {
    /// Who the claims of a verified token speak for; `None` if they name nobody.
    ///
    /// The role `anon` is that of the key that everyone may know. An admin is a user whose `app_metadata.role` is `admin`, which only the project
    /// can write, or the role `service_role`.
    pub fn of(claims: &Claims) -> Option<Caller> {
        match claims.role.as_deref() {
            Some("anon") => return Some(Caller::Anonymous),
            Some("service_role") => return Some(Caller::Admin(None)),
            _ => {}
        }
        let user = UserId::new(claims.sub.as_deref().filter(|sub| !sub.is_empty())?);
        Some(if is_admin(claims) { Caller::Admin(Some(user)) } else { Caller::User(user) })
    }

    /// The user, if it is one.
    pub fn user(&self) -> Option<&UserId> {
        match self {
            Caller::Anonymous | Caller::Admin(None) => None,
            Caller::User(user) | Caller::Admin(Some(user)) => Some(user),
        }
    }

    /// Whether somebody is signed in.
    pub fn is_signed_in(&self) -> bool {
        !matches!(self, Caller::Anonymous)
    }

    /// Whether it is an admin.
    pub fn is_admin(&self) -> bool {
        matches!(self, Caller::Admin(_))
    }
}

fn is_admin(claims: &Claims) -> bool {
    #[derive(serde::Deserialize)]
    struct AppMetadata {
        role: Option<Box<str>>,
    }
    let metadata = claims.app_metadata.as_ref().and_then(|raw| serde_json::from_str::<AppMetadata>(raw.get()).ok());
    metadata.is_some_and(|metadata| metadata.role.as_deref() == Some("admin"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(claims: &str) -> Option<Caller> {
        Caller::of(&Claims::parse(format!("{{\"exp\":1,{claims}}}").into_bytes()).expect("claims"))
    }

    #[test]
    fn only_what_the_project_writes_makes_an_admin() {
        let user = || UserId::new("u1");
        assert_eq!(caller(r#""sub":"u1","role":"authenticated""#), Some(Caller::User(user())));
        assert_eq!(caller(r#""sub":"u1","app_metadata":{"role":"admin"}"#), Some(Caller::Admin(Some(user()))));
        for no_admin in [
            r#""user_metadata":{"role":"admin"}"#,
            r#""app_metadata":{"role":"Admin"}"#,
            r#""app_metadata":{"role":["admin"]}"#,
            r#""app_metadata":{"roles":"admin"}"#,
            r#""app_metadata":null"#,
            r#""role":"admin""#,
            r#""app_metadata":{"role":"user","role":"admin"}"#,
        ] {
            assert_eq!(caller(&format!(r#""sub":"u1",{no_admin}"#)), Some(Caller::User(user())), "{no_admin}");
        }
    }

    #[test]
    fn keys_are_nobody_or_the_service() {
        assert_eq!(caller(r#""role":"anon""#), Some(Caller::Anonymous));
        assert_eq!(caller(r#""role":"service_role""#), Some(Caller::Admin(None)));
        assert_eq!(caller(r#""role":"authenticated""#), None, "signed in as nobody");
        assert_eq!(caller(r#""role":"authenticated","sub":"""#), None);
    }
}
