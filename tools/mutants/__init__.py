"""Changes a room in one place at a time, and sees whether its tests notice."""
