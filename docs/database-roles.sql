-- The four roles and the database. Safe to run again; it changes nothing that is already right.
--
--   psql -d postgres -v ON_ERROR_STOP=1 -v database=vardbryggan -f docs/database-roles.sql
--
-- Run it as a superuser before the first `manage.py migrate`, then give each role a password
-- (ALTER ROLE … PASSWORD …). The embedded server runs this same file.
--
--   vardbryggan_owner    owns the database: migrates and bulk-loads
--   vardbryggan_app      web, workers and live; row-level security applies to it
--   vardbryggan_matcher  reads the de-identified need profile, writes proposals; granted by migrations
--   vardbryggan_relay    numbers and announces changes; granted by migrations

\if :{?template}
\else
  \set template template0
\endif

SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE', wanted)
  FROM unnest(ARRAY['vardbryggan_owner', 'vardbryggan_app', 'vardbryggan_matcher', 'vardbryggan_relay']) wanted
 WHERE wanted NOT IN (SELECT rolname FROM pg_roles)
\gexec

SELECT format('CREATE DATABASE %I OWNER vardbryggan_owner TEMPLATE %I ENCODING ''UTF8''', :'database', :'template')
 WHERE :'database' NOT IN (SELECT datname FROM pg_database)
\gexec

\connect :"database"

REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO vardbryggan_app, vardbryggan_matcher, vardbryggan_relay;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO vardbryggan_app, vardbryggan_matcher, vardbryggan_relay;

ALTER DEFAULT PRIVILEGES FOR ROLE vardbryggan_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO vardbryggan_app;
ALTER DEFAULT PRIVILEGES FOR ROLE vardbryggan_owner IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO vardbryggan_app;
