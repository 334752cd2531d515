-- Seismic events, one row each, as the USGS feed gives them. Everyone may read them; only service_role writes.

create table public.earthquake (
  event_id text primary key,
  origin_time timestamptz not null,
  updated_at timestamptz not null,
  magnitude double precision,
  magnitude_type text,
  depth_km double precision,
  latitude double precision not null check (latitude between -90 and 90),
  longitude double precision not null check (longitude between -180 and 180),
  place text,
  event_type text not null,
  status text not null,
  network text not null,
  tsunami boolean not null default false,
  significance integer,
  felt integer,
  cdi double precision,
  mmi double precision,
  alert text,
  station_count integer,
  azimuthal_gap double precision,
  rms double precision
);

comment on table public.earthquake is 'Seismic events from the USGS feed. Times are UTC; NULL means that the source had no value.';
comment on column public.earthquake.depth_km is 'Kilometres below sea level; negative above it.';
comment on column public.earthquake.magnitude is 'May be negative for very small events.';

-- The first one is the order of the list and of its cursor: newest first, event_id breaks ties.
create index earthquake_newest on public.earthquake (origin_time desc, event_id desc);
create index earthquake_magnitude on public.earthquake (magnitude desc nulls last, origin_time desc);
create index earthquake_depth on public.earthquake (depth_km);
create index earthquake_position on public.earthquake (latitude, longitude);
create index earthquake_type on public.earthquake (event_type, origin_time desc);

alter table public.earthquake enable row level security;

create policy "Earthquakes are public" on public.earthquake for select to anon, authenticated using (true);

revoke all on public.earthquake from anon, authenticated;
grant select on public.earthquake to anon, authenticated;
grant all on public.earthquake to service_role;

-- Great circle distance on a sphere of the Earth's mean radius (haversine formula). The rows are whole rows of the
-- table, so a caller can select, filter, order and limit them further. Nothing nearer than km lies outside the band of
-- latitudes, which an index finds.
create function public.earthquake_near(lat double precision, lon double precision, km double precision)
returns setof public.earthquake
language sql
stable
security invoker
set search_path = ''
as $$
  select e.*
  from public.earthquake as e
  where e.latitude between lat - degrees(km / 6371.0088) - 1e-6 and lat + degrees(km / 6371.0088) + 1e-6
    and 2 * 6371.0088 * asin(least(1.0, sqrt(
    power(sin(radians(e.latitude - lat) / 2), 2)
    + cos(radians(lat)) * cos(radians(e.latitude)) * power(sin(radians(e.longitude - lon) / 2), 2)
  ))) <= km
$$;

comment on function public.earthquake_near is 'Events within km kilometres of a point.';

-- Buckets: the UTC day, the whole magnitude below (-0.3 belongs to -1), or the event type.
create function public.earthquake_stats(by text)
returns table (
  key text,
  count bigint,
  min_magnitude double precision,
  max_magnitude double precision,
  mean_magnitude double precision,
  max_depth_km double precision,
  first_time timestamptz,
  last_time timestamptz
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
#variable_conflict use_column
begin
  if by is null or by not in ('day', 'magnitude', 'type') then
    raise exception 'by is %, but must be day, magnitude or type', coalesce(quote_literal(by), 'null')
      using errcode = '22023', hint = 'Use by=day, by=magnitude or by=type.';
  end if;
  return query
    select
      coalesce(bucket.name, 'unknown'),
      count(*),
      min(e.magnitude),
      max(e.magnitude),
      round(avg(e.magnitude)::numeric, 4)::double precision,
      max(e.depth_km),
      min(e.origin_time),
      max(e.origin_time)
    from public.earthquake as e
    cross join lateral (
      select case earthquake_stats.by
        when 'day' then to_char(e.origin_time at time zone 'UTC', 'YYYY-MM-DD')
        when 'magnitude' then floor(e.magnitude)::integer::text
        else e.event_type
      end as name
    ) as bucket
    group by bucket.name
    order by
      case when earthquake_stats.by = 'magnitude' then bucket.name::integer end nulls last,
      case when earthquake_stats.by = 'type' then count(*) end desc,
      bucket.name;
end
$$;

comment on function public.earthquake_stats is 'Counts and extremes per day, whole magnitude or type.';

revoke execute on function public.earthquake_near(double precision, double precision, double precision) from public;
revoke execute on function public.earthquake_stats(text) from public;
grant execute on function public.earthquake_near(double precision, double precision, double precision)
  to anon, authenticated, service_role;
grant execute on function public.earthquake_stats(text) to anon, authenticated, service_role;
