"""CSV: tables read by column mappings."""
