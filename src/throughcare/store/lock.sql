-- The second lock (docs/adr, throughcare.store.lock): tables of the record show the role
-- throughcare_reader the entries that the lock of its transaction names, and nothing without one.
-- Whoever else uses the database sees what they saw before. Settings are read in sub-selects, so
-- that each is read once for a statement.
DO $$
DECLARE
  subjects text := '(SELECT nullif(current_setting(''throughcare.subjects'', true), '''')::bigint[])';
  places text := '(SELECT nullif(current_setting(''throughcare.places'', true), '''')::bigint[])';
  classes text := '(SELECT nullif(current_setting(''throughcare.classes'', true), '''')::bytea)';
  width text := '(SELECT nullif(current_setting(''throughcare.width'', true), '''')::bigint)';
  named text;
  sees text;
  of_entry text := 'coalesce((SELECT TRUE FROM head AS seen WHERE seen.entry = %I.entry), FALSE)';
  locked text;
BEGIN
  -- The place of a subject in the list is found by halving; of one that is not there the classes
  -- of others count, which stand first. A class that came after the lock was made is not seen.
  named := format('%s[width_bucket(%%1$s, %s)] = %%1$s', subjects, subjects);
  sees := format(
    'CASE WHEN %s IS NULL OR %%2$s >= %s THEN FALSE WHEN %s '
    'THEN get_bit(%s, %s[width_bucket(%%1$s, %s)] + %%2$s) = 1 ELSE get_bit(%s, %%2$s) = 1 END',
    width, width, named, classes, places, subjects, classes);
  FOREACH locked IN ARRAY ARRAY['head', 'hist', 'res', 'coded', 'ord', 'words'] LOOP
    EXECUTE format('DROP POLICY IF EXISTS everything ON %I', locked);
    EXECUTE format('DROP POLICY IF EXISTS second_lock ON %I', locked);
    EXECUTE format('CREATE POLICY everything ON %I USING (TRUE) WITH CHECK (TRUE)', locked);
    EXECUTE format(
      'CREATE POLICY second_lock ON %I AS RESTRICTIVE TO throughcare_reader USING (%s)',
      locked,
      CASE locked
        WHEN 'head' THEN format(sees, 'subject', 'cls')
        WHEN 'hist' THEN format(sees, '(entry >> 24)', 'cls')
        ELSE format(of_entry, locked)
      END);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', locked);
  END LOOP;
END $$;
-- Each text beside a code stands once, for all entries that have it: who was the first is not told.
REVOKE ALL ON wording FROM throughcare_reader;
GRANT SELECT (param, folded) ON wording TO throughcare_reader;
-- What was received stands here as it came, and no reader has a use for it.
REVOKE ALL ON source_document FROM throughcare_reader;
