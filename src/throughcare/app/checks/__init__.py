"""The checks of ``throughcare doctor``, a module a thing looked at."""
