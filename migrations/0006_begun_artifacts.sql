-- Who began to store bytes, and how many: until a module uses them or they are collected, they count as their user's.

alter table artifacts add column begun_by text;
alter table artifacts add column size integer not null default 0;
create index artifacts_begun_by on artifacts (begun_by, size) where state = 'pending' and begun_by is not null;
