-- Whoever asks for a list of functions reads those that it shows: each kind by name, in the order of the list.
create index functions_own on functions (owner, name) where owner_type = 'user';
create index functions_public on functions (name) where owner_type = 'user' and visibility = 'public';
create index functions_system on functions (name) where owner_type = 'system';
create index functions_admin on functions (name) where owner_type = 'admin';
