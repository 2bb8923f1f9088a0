-- What SQLite has, or throughcare.store.sqlite gives it, and PostgreSQL lacks.
CREATE OR REPLACE FUNCTION digest64(text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN substr(encode(sha256(convert_to($1, 'UTF8')), 'hex'), 1, 16);

CREATE OR REPLACE FUNCTION instr(text, text) RETURNS integer
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN strpos($1, $2);

CREATE OR REPLACE FUNCTION randomblob(integer) RETURNS bytea
  LANGUAGE sql VOLATILE PARALLEL SAFE
  RETURN substr(
    sha512(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
      || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
      || uuid_send(gen_random_uuid())),
    1, $1);

-- A term of the inverted index, 16 hexadecimal digits, as the number that stands in its arrays.
CREATE OR REPLACE FUNCTION term(text) RETURNS bigint
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN ('x' || $1)::bit(64)::bigint;

-- The number of a new row: one more than the highest, as SQLite gives it. Exact, for one transaction
-- writes at a time; and without gaps, which sequences have.
CREATE OR REPLACE FUNCTION next_number(of_table text, of_column text) RETURNS bigint
  LANGUAGE plpgsql VOLATILE AS $$
DECLARE found bigint;
BEGIN
  EXECUTE format('SELECT coalesce(max(%I), 0) + 1 FROM %I', of_column, of_table) INTO found;
  RETURN found;
END $$;
