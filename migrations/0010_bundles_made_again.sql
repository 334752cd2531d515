-- When bytes came again that were known, or a function lost what another has: then there may be bundles of them that no module names. Of what came before
-- this column nobody noted it.

alter table artifacts add column again_at text;
update artifacts set again_at = touched_at;
create index artifacts_again_at on artifacts (again_at) where again_at is not null;
