"""The engines: the only room that knows a database."""
