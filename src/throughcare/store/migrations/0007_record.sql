-- Texts beside codes (``code:text=``), folded: each text of a parameter stands once, with the
-- entry that it first came with. Which entries have it stands in the inverted index.
CREATE TABLE wording (
  param INTEGER NOT NULL,
  folded TEXT NOT NULL,
  entry INTEGER NOT NULL,
  PRIMARY KEY (param, folded)
) WITHOUT ROWID;
