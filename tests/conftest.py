"""What holds for all tests: a busy machine makes none of them fail."""

from hypothesis import settings

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
