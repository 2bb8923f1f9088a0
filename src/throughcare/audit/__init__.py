"""What happened: an hash-chained, signed ledger of every access, refusal and change."""
