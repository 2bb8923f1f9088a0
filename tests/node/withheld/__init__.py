"""Non-interference: what a reader may not see can't be told from any answer."""
