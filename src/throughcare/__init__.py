"""Throughcare: one record of a person's health and social care, under their consent."""

__version__ = "0.2.0.dev0"
